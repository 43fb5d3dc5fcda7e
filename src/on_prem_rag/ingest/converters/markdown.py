"""Markdown: headings, paragraphs, lists, tables, code; front matter gives title and date."""

from __future__ import annotations

import re
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from on_prem_rag.ingest.converters.blocks import BlockWriter
from on_prem_rag.ingest.converters.decoding import decode
from on_prem_rag.ingest.converters.html import write_html
from on_prem_rag.ingest.converters.ooxml import parse_date
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.converters.plain_text import write_text
from on_prem_rag.ingest.detect import MARKDOWN
from on_prem_rag.ingest.parsed import ParsedDocument

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^(\w+)\s*:\s*[\"']?(.*?)[\"']?\s*$", re.MULTILINE)
# Beyond this depth markdown-it leaves content out; such files are read as plain text.
_MAX_NESTING = 60


def convert(path: Path, options: ConvertOptions) -> ParsedDocument:
    """Read a Markdown file. Raises FileTooComplex."""
    writer = BlockWriter(options)
    text = decode(path.read_bytes()).replace("\r\n", "\n")
    fields: dict[str, str] = {}
    if (front := _FRONT_MATTER.match(text)) is not None:
        fields = {name.lower(): value for name, value in _FIELD.findall(front[1])}
        text = text[front.end() :]
    tokens = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("table").parse(text)
    if any(token.level >= _MAX_NESTING - 2 for token in tokens):
        writer.warn("The file is nested very deeply; it was read as plain text.")
        write_text(text, writer)
    else:
        _write_tokens(tokens, writer)
    title = fields.get("title") or next((t for t in _titles(writer)), None)
    created = parse_date(fields.get("date"))
    return writer.document(MARKDOWN, title=title, author=fields.get("author"), created=created)


def _titles(writer: BlockWriter) -> list[str]:
    return [b.text.value for b in writer.blocks if b.kind == "heading" and b.level == 1]


def _write_tokens(tokens: list[Token], writer: BlockWriter) -> None:
    heading = 0
    item_depth = 0
    rows: list[list[str]] = []
    for token in tokens:
        kind = token.type
        if kind in ("heading_open", "heading_close"):
            heading = int(token.tag[1:]) if token.nesting > 0 else 0
        elif kind in ("list_item_open", "list_item_close"):
            item_depth += token.nesting
        elif kind == "tr_open":
            rows.append([])
        elif kind == "table_close":
            writer.table(rows)
            rows = []
        elif kind in ("fence", "code_block"):
            writer.code(token.content)
        elif kind == "html_block":
            write_html(token.content, writer)
        elif kind == "inline":
            _write_inline(_inline_text(token), writer, heading, item_depth, rows)


def _write_inline(
    text: str, writer: BlockWriter, heading: int, item_depth: int, rows: list[list[str]]
) -> None:
    """Add a text where it belongs: to the open table row, as a heading, item or paragraph."""
    if rows:
        rows[-1].append(text)
    elif heading:
        writer.heading(text, heading)
    else:
        writer.line("list_item" if item_depth else "paragraph", text)


def _inline_text(token: Token) -> str:
    pieces = []
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            pieces.append(" ")
        elif child.type != "html_inline":
            # An image's content is its alternative text.
            pieces.append(child.content)
    return "".join(pieces)
