"""Collects the blocks of one document: cleans text and keeps within the allowed amount."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from on_prem_rag.errors import FileTooComplex
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.parsed import Block, BlockKind, ParsedDocument, Text

# What no reader sees and no database takes: controls, lone surrogates, non-characters.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b\u2060\ufeff\ufffe\uffff]|[\ud800-\udfff]"
)
_SPACE = re.compile(r"\s+")


def clean_line(text: str) -> str:
    """``text`` on one line: white space collapsed, invisible characters and controls removed."""
    return _SPACE.sub(" ", _INVISIBLE.sub("", text)).strip()


def clean_lines(text: str) -> str:
    """``text`` with its line breaks and indentation kept, invisible characters removed."""
    lines = _INVISIBLE.sub("", text).expandtabs(4).splitlines()
    return "\n".join(line.rstrip() for line in lines).strip("\n")


class BlockWriter:
    """Appends cleaned, non-empty blocks; raises FileTooComplex past ``max_text_chars``."""

    def __init__(self, options: ConvertOptions) -> None:
        self.options = options
        self.blocks: list[Block] = []
        self.warnings: list[str] = []
        self._chars = 0

    def heading(self, text: str, level: int = 1, *, page: int | None = None) -> None:
        """Add a heading; ``level`` 1 is the highest."""
        self._add("heading", clean_line(text), page, level=max(1, level))

    def paragraph(self, text: str, *, page: int | None = None) -> None:
        """Add a paragraph."""
        self._add("paragraph", clean_line(text), page)

    def line(self, kind: BlockKind, text: str, *, page: int | None = None) -> None:
        """Add a block of any one-line kind: paragraph, list_item, caption or note."""
        self._add(kind, clean_line(text), page)

    def code(self, text: str, *, page: int | None = None) -> None:
        """Add preformatted text; line breaks stay."""
        self._add("code", clean_lines(text), page)

    def table(
        self, rows: Iterable[Sequence[str]], *, header_rows: int = 1, page: int | None = None
    ) -> None:
        """Add a table: empty rows and trailing empty columns go, ragged rows are filled up.

        A table of one column is no table for a reader: its cells become paragraphs.
        """
        kept = []
        for row in rows:
            cells = [clean_line(cell) for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                self.count(sum(map(len, cells)) + len(cells))
                kept.append(cells)
        width = max(map(len, kept), default=0)
        if width <= 1:
            for cells in kept:
                self.blocks.append(Block("paragraph", Text(cells[0]), page=page))
            return
        self.count(width * len(kept))
        empty = Text("")
        table = tuple(
            tuple(Text(cell) if cell else empty for cell in cells) + (empty,) * (width - len(cells))
            for cells in kept
        )
        header = min(header_rows, len(table) - 1)
        self.blocks.append(Block("table", rows=table, header_rows=header, page=page))

    def extend(self, blocks: Iterable[Block]) -> None:
        """Add blocks another converter made, without the page positions of its document."""
        for block in blocks:
            text = Text(block.text.value)
            rows = tuple(tuple(Text(cell.value) for cell in row) for row in block.rows)
            self.count(len(text.value) + sum(len(c.value) + 1 for row in rows for c in row))
            kept = Block(block.kind, text, block.level, rows, block.header_rows)
            self.blocks.append(kept)

    def warn(self, message: str) -> None:
        """Note something the person who uploaded the file should know, once."""
        if message not in self.warnings:
            self.warnings.append(message)

    def count(self, chars: int) -> None:
        """Take ``chars`` from the allowance. Raises FileTooComplex when it is used up."""
        self._chars += chars
        limit = self.options.max_text_chars
        if self._chars > limit:
            raise FileTooComplex(f"The file holds more than {limit:,} characters of text.")

    def document(
        self,
        media_type: str,
        *,
        title: str | None = None,
        author: str | None = None,
        created: datetime | None = None,
    ) -> ParsedDocument:
        """The document of all blocks so far."""
        return ParsedDocument(
            media_type=media_type,
            blocks=tuple(self.blocks),
            title=clean_line(title or "") or None,
            author=clean_line(author or "") or None,
            created=created,
            warnings=tuple(self.warnings),
        )

    def _add(self, kind: BlockKind, text: str, page: int | None, *, level: int = 0) -> None:
        if text:
            self.count(len(text))
            self.blocks.append(Block(kind, Text(text), level, page=page))
