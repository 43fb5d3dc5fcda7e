"""Plain text: paragraphs between blank lines; lines that were wrapped are joined again."""

from __future__ import annotations

import re
from pathlib import Path

from on_prem_rag.ingest.converters.blocks import BlockWriter
from on_prem_rag.ingest.converters.decoding import decode
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.detect import TEXT
from on_prem_rag.ingest.parsed import ParsedDocument

_UNDERLINE = re.compile(r"(={3,}|-{3,}|~{3,})")
_BULLET = re.compile(r"(?:[-*\u2022\u2013\u00b7]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+\S")
_NUMBERED_HEADING = re.compile(r"\d{1,2}(\.\d{1,2}){1,3}\.?\s+\S.{0,80}[^.,;:]")
# Wrapped text fills its lines: those before the last reach at least this share of the longest.
_WRAP_SHARE = 0.6
_WRAP_WIDTH = range(40, 140)


def convert(path: Path, options: ConvertOptions) -> ParsedDocument:
    """Read a text file of any common encoding. Raises FileTooComplex."""
    writer = BlockWriter(options)
    write_text(decode(path.read_bytes()), writer)
    return writer.document(TEXT)


def write_text(text: str, writer: BlockWriter) -> None:
    """Add plain text to ``writer``: blank lines end paragraphs, underlined lines are headings."""
    group: list[str] = []
    for line in text.splitlines():
        stripped = line.strip()
        if stripped:
            group.append(stripped)
        elif group:
            _write_group(group, writer)
            group = []
    if group:
        _write_group(group, writer)


def _write_group(lines: list[str], writer: BlockWriter) -> None:
    if len(lines) >= 2 and _UNDERLINE.fullmatch(lines[1]) and len(lines[0]) <= 100:
        writer.heading(lines[0], 1 if lines[1].startswith("=") else 2)
        lines = lines[2:]
    elif len(lines) == 1 and _NUMBERED_HEADING.fullmatch(lines[0]):
        writer.heading(lines[0], min(lines[0].split()[0].rstrip(".").count(".") + 1, 6))
        return
    paragraph: list[str] = []
    wrapped = _is_wrapped(lines)
    for line in lines:
        bullet = _BULLET.match(line) is not None
        if paragraph and (bullet or not wrapped):
            _write_line(" ".join(paragraph), writer)
            paragraph = []
        paragraph.append(line)
    if paragraph:
        _write_line(" ".join(paragraph), writer)


def _write_line(text: str, writer: BlockWriter) -> None:
    writer.line("list_item" if _BULLET.match(text) else "paragraph", text)


def _is_wrapped(lines: list[str]) -> bool:
    longest = max(map(len, lines), default=0)
    full = [len(line) >= longest * _WRAP_SHARE for line in lines[:-1]]
    return longest in _WRAP_WIDTH and sum(full) >= len(full) * 0.75
