"""The text of a Word binary file and the little of its formatting that gives it structure.

MS-DOC: the FIB (2.5) points to the piece table (2.8.35, 2.9.38) that orders the text, and to the
pages of paragraph properties (PAPX, 2.9.181) found by file position.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from on_prem_rag.errors import EncryptedFile, UnreadableFile
from on_prem_rag.ingest.converters.compound import CompoundFile, unsigned, unsigned_array

_MAGIC = 0xA5EC
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200
# Versions below this (Word 6 and 95) keep 8-bit text in one run and have no such tables.
_FIRST_UNICODE_VERSION = 0x00C1
_COUNTS = 0x4C
_PAPX_TABLE, _PIECE_TABLE = 0x102, 0x1A2
_PAGE = 512

_IN_TABLE, _ROW_END, _LIST = 0x2416, 0x2417, 0x460B
# Operand sizes by the top three bits of a property's code; 6 is variable.
_OPERAND_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)
_HEADING_STYLES = range(1, 10)

_FIELD_BEGIN, _FIELD_SEPARATOR, _FIELD_END = "\x13", "\x14", "\x15"
_VISIBLE = str.maketrans({
    "\x0b": " ", "\t": " ", "\x1e": "-", "\x1f": None, "\x01": None, "\x02": None, "\x03": None,
    "\x04": None, "\x05": None, "\x08": None, "\x0c": " ",
})  # fmt: skip
_CELL_MARK = "\x07"
_PARAGRAPH_MARKS = frozenset("\r\x07\x0c")


class Paragraph(NamedTuple):
    """One paragraph of the main text; ``heading`` is 1 to 9, or 0."""

    text: str
    heading: int = 0
    in_list: bool = False
    in_table: bool = False
    ends_cell: bool = False
    ends_row: bool = False


class _Properties(NamedTuple):
    style: int = 0
    in_list: bool = False
    in_table: bool = False
    ends_row: bool = False


class _Piece(NamedTuple):
    """Characters ``first:last`` of the document stand at ``offset`` of the stream."""

    first: int
    last: int
    offset: int
    width: int


class DocText:
    """The parts of a document's text."""

    def __init__(self, file: CompoundFile) -> None:
        self._data = data = file.stream("WordDocument")
        if unsigned(data, 0, 2) != _MAGIC:
            raise UnreadableFile("The file is damaged: it does not start as a Word document does.")
        flags = unsigned(data, 10, 2)
        if flags & _ENCRYPTED:
            raise EncryptedFile("The file is protected by a password.")
        self._counts = [unsigned(data, _COUNTS + 4 * i) for i in range(8)]
        if unsigned(data, 2, 2) < _FIRST_UNICODE_VERSION:
            start = unsigned(data, 0x18)
            self._counts = [unsigned(data, 0x34), *[0] * 7]
            self._pieces = [_Piece(0, self._counts[0], start, 1)]
            self._starts: list[int] = []
            return
        table = file.stream("1Table" if flags & _TABLE_1 else "0Table")
        self._pieces = _pieces(data, table)
        self._ranges = sorted(_paragraph_ranges(data, table))
        self._starts = [start for start, _, _ in self._ranges]

    def main(self) -> list[Paragraph]:
        """The body's paragraphs in order."""
        return [
            Paragraph(
                _visible(text),
                properties.style if properties.style in _HEADING_STYLES else 0,
                properties.in_list,
                properties.in_table,
                mark == _CELL_MARK,
                mark == _CELL_MARK and properties.ends_row,
            )
            for text, mark, properties in self._paragraphs(0, self._counts[0])
        ]

    def notes(self) -> Iterator[str]:
        """Footnotes, headers and footers, comments and endnotes."""
        footnotes, headers, macros, comments, endnotes = self._counts[1:6]
        start = self._counts[0]
        yield from self._texts(start, start + footnotes + headers)
        start += footnotes + headers + macros
        yield from self._texts(start, start + comments + endnotes)

    def text_boxes(self) -> Iterator[str]:
        """Paragraphs of text boxes, those in headers included."""
        start = sum(self._counts[:6])
        yield from self._texts(start, start + self._counts[6] + self._counts[7])

    def _texts(self, first: int, last: int) -> Iterator[str]:
        for text, _, _ in self._paragraphs(first, last):
            shown = _visible(text).strip()
            if shown:
                yield shown

    def _paragraphs(self, first: int, last: int) -> Iterator[tuple[str, str, _Properties]]:
        """Raw text, end mark and properties of the paragraphs in a range of characters."""
        pending: list[str] = []
        for piece in self._pieces:
            low, high = max(piece.first, first), min(piece.last, last)
            if low >= high:
                continue
            offset = piece.offset + (low - piece.first) * piece.width
            text = self._decode(offset, high - low, piece.width)
            begin = 0
            for index, character in enumerate(text):
                if character in _PARAGRAPH_MARKS:
                    pending.append(text[begin:index])
                    position = offset + index * piece.width
                    yield "".join(pending), character, self._properties(position)
                    pending, begin = [], index + 1
            pending.append(text[begin:])
        if any(pending):
            yield "".join(pending), "\r", _Properties()

    def _decode(self, offset: int, count: int, width: int) -> str:
        """Text of ``count`` code units; characters of two units stay two until shown."""
        raw = self._data[offset : offset + count * width]
        if width == 1:
            return raw.decode("cp1252", "replace")
        return raw[: len(raw) // 2 * 2].decode("utf-16-le", "surrogatepass")

    def _properties(self, position: int) -> _Properties:
        index = bisect_right(self._starts, position) - 1
        if index < 0:
            return _Properties()
        _, end, properties = self._ranges[index]
        return properties if position < end else _Properties()


def _pieces(data: bytes, table: bytes) -> list[_Piece]:
    offset, size = unsigned_array(data, _PIECE_TABLE, 2)
    end = offset + size
    while offset < end and unsigned(table, offset, 1) == 1:
        # Properties shared by pieces: formatting only.
        offset += 3 + unsigned(table, offset + 1, 2)
    if offset >= end or unsigned(table, offset, 1) != 2:
        raise UnreadableFile("The file is damaged: its text cannot be found.")
    count = (unsigned(table, offset + 1) - 4) // 12
    offset += 5
    positions = unsigned_array(table, offset, count + 1)
    pieces = []
    for index, (first, last) in enumerate(pairwise(positions)):
        place = unsigned(table, offset + 4 * (count + 1) + 8 * index + 2)
        narrow = bool(place & 0x40000000)
        start = place & 0x3FFFFFFF
        pieces.append(_Piece(first, last, start // 2 if narrow else start, 1 if narrow else 2))
    return pieces


def _paragraph_ranges(data: bytes, table: bytes) -> Iterator[tuple[int, int, _Properties]]:
    """File positions of paragraphs and their properties; damaged pages are passed over."""
    offset, size = unsigned_array(data, _PAPX_TABLE, 2)
    count = max((size - 4) // 8, 0)
    if offset + size > len(table):
        return
    for number in unsigned_array(table, offset + 4 * (count + 1), count):
        page = data[(number & 0x3FFFFF) * _PAGE :][:_PAGE]
        if len(page) < _PAGE:
            continue
        total = page[-1]
        if 4 * (total + 1) + 13 * total >= _PAGE:
            continue
        bounds = unsigned_array(page, 0, total + 1)
        for index in range(total):
            place = page[4 * (total + 1) + 13 * index] * 2
            yield bounds[index], bounds[index + 1], _read_properties(page, place)


def _read_properties(page: bytes, place: int) -> _Properties:
    if not 0 < place < _PAGE - 4:
        return _Properties()
    size = page[place]
    start, length = (place + 1, 2 * size - 1) if size else (place + 2, 2 * page[place + 1])
    content = page[start : start + length]
    found = dict(_operands(content[2:]))
    return _Properties(
        style=int.from_bytes(content[:2], "little"),
        in_list=found.get(_LIST, 0) > 0,
        in_table=found.get(_IN_TABLE, 0) > 0,
        ends_row=found.get(_ROW_END, 0) > 0,
    )


def _operands(modifiers: bytes) -> Iterator[tuple[int, int]]:
    """Property codes and their operands as numbers."""
    offset = 0
    while offset + 2 < len(modifiers):
        code = int.from_bytes(modifiers[offset : offset + 2], "little")
        offset += 2
        size = _OPERAND_SIZES[code >> 13]
        if not size:
            size = modifiers[offset] + 1
        yield code, int.from_bytes(modifiers[offset : offset + size], "little")
        offset += size


def _visible(text: str) -> str:
    """What a reader sees: results of fields without their instructions, no control characters."""
    if _FIELD_BEGIN in text:
        text = _without_instructions(text)
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.translate(_VISIBLE).replace(_FIELD_SEPARATOR, "").replace(_FIELD_END, "")


def _without_instructions(text: str) -> str:
    kept = []
    open_instructions = 0
    for character in text:
        if character == _FIELD_BEGIN:
            open_instructions += 1
        elif character in (_FIELD_SEPARATOR, _FIELD_END):
            # The separator ends the instruction; a field without a result has only an end.
            open_instructions = max(open_instructions - 1, 0)
        elif not open_instructions:
            kept.append(character)
    return "".join(kept)
