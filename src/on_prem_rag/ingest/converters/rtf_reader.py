"""The reading machine of RTF: one pass over the tokens with a stack of group states.

Bytes of text are gathered until something else comes and then decoded together: a Japanese or
Chinese character may be written as one escaped byte followed by a plain one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from on_prem_rag.errors import FileTooComplex
from on_prem_rag.ingest.converters.blocks import BlockWriter, clean_line
from on_prem_rag.ingest.converters.rtf_vocabulary import (
    ASIDES,
    CHARACTERS,
    CHARSETS,
    SKIPPED,
    STARRED_TEXT,
    SYMBOLS,
)

_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z'])"
    rb"|([{}])|([^\\{}\r\n]+)|[\r\n]+|.",
    re.DOTALL,
)
_MAX_GROUPS = 100_000


@dataclass(slots=True)
class _Sink:
    """Where text goes: the body, or an aside such as a footnote."""

    kind: str
    pieces: list[str] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _State:
    """What a group inherits and restores."""

    sink: _Sink
    skipped: bool = False
    font: int = -1
    fallback: int = 1
    fonts: bool = False
    hidden: bool = False


class RtfReader:
    """Reads one document into a BlockWriter; ``properties`` holds title and author afterwards."""

    def __init__(self, data: bytes, writer: BlockWriter) -> None:
        self.properties: dict[str, str] = {}
        self._data = data
        self._writer = writer
        self._body = _Sink("body")
        self._state = _State(self._body)
        self._stack: list[_State] = []
        self._bytes = bytearray()
        self._to_skip = 0
        self._encoding = "cp1252"
        self._fonts: dict[int, str] = {}
        self._starred = False
        self._level: int | None = None
        self._in_table = False
        self._list = False
        self._label = ""
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._asides: list[_Sink] = []
        self._margins: dict[str, None] = {}

    def read(self) -> None:
        """Write the whole document."""
        position, end = 0, len(self._data)
        while position < end:
            match = _TOKEN.match(self._data, position)
            if match is None:
                break
            position = match.end()
            word, argument, code, symbol, brace, text = match.groups()
            if word is not None:
                name = word.decode("ascii")
                if name == "bin":
                    position += max(int(argument or 0), 0)
                else:
                    self._word(name, int(argument) if argument is not None else None)
            elif code is not None:
                self._take(bytes((int(code, 16),)))
            elif text is not None:
                self._take(text)
            elif brace is not None:
                self._open() if brace == b"{" else self._close()
            elif symbol is not None:
                self._symbol(symbol.decode("latin-1"))
        while self._stack:
            self._close()
        self._end_paragraph()
        self._end_table()
        for margin in self._margins:
            self._writer.line("note", margin)

    def _take(self, data: bytes) -> None:
        """Text bytes, less those that only stand in for a character given by number."""
        self._starred = False
        if self._to_skip:
            skipped = min(self._to_skip, len(data))
            self._to_skip -= skipped
            data = data[skipped:]
        if not self._state.skipped and not self._state.hidden:
            self._bytes += data

    def _put(self, text: str) -> None:
        self._decode()
        if not self._state.skipped and not self._state.hidden:
            self._state.sink.pieces.append(text)

    def _decode(self) -> None:
        if self._bytes:
            encoding = self._fonts.get(self._state.font, self._encoding)
            self._state.sink.pieces.append(self._bytes.decode(encoding, "replace"))
            self._bytes.clear()

    def _open(self) -> None:
        self._decode()
        self._to_skip = 0
        if len(self._stack) >= _MAX_GROUPS:
            raise FileTooComplex("The document's groups are nested too deeply.")
        self._stack.append(self._state)
        self._state = replace(self._state)

    def _close(self) -> None:
        self._decode()
        self._to_skip = 0
        if not self._stack:
            return
        ended, self._state = self._state, self._stack.pop()
        sink = ended.sink
        if sink is not self._state.sink:
            self._end_aside(sink)

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._starred = True
        elif symbol in SYMBOLS:
            self._take(SYMBOLS[symbol].encode("ascii"))
        elif symbol in "\r\n":
            self._end_paragraph()

    def _word(self, name: str, argument: int | None) -> None:
        starred, self._starred = self._starred, False
        if self._to_skip and name != "u":
            # A control word is one fallback character.
            self._to_skip -= 1
            return
        if name == "u" and argument is not None:
            self._put(chr(argument % 0x10000))
            self._to_skip = self._state.fallback
            return
        self._decode()
        if name in CHARACTERS:
            self._put(CHARACTERS[name])
        elif name in ASIDES and not self._state.skipped:
            self._state.sink = _Sink(ASIDES[name])
        elif name in SKIPPED or (starred and name not in STARRED_TEXT):
            self._state.skipped = True
            self._state.fonts = name == "fonttbl"
        elif not self._character_word(name, argument):
            self._paragraph_word(name, argument)

    def _character_word(self, name: str, argument: int | None) -> bool:
        """Fonts, code pages and hidden text; False when ``name`` is none of these."""
        state = self._state
        if name == "f":
            state.font = argument or 0
        elif name == "deff" and argument is not None:
            state.font = argument
        elif name == "fcharset":
            if state.fonts and (encoding := CHARSETS.get(argument or 0)) is not None:
                self._fonts[state.font] = encoding
        elif name == "ansicpg":
            self._encoding = _code_page(argument)
        elif name == "mac":
            self._encoding = "mac_roman"
        elif name == "uc":
            state.fallback = max(argument or 0, 0)
        elif name == "v":
            state.hidden = argument != 0
        elif name == "plain":
            state.hidden = False
        else:
            return False
        return True

    def _paragraph_word(self, name: str, argument: int | None) -> None:
        if self._state.skipped:
            return
        if name in ("par", "sect", "page"):
            self._end_paragraph()
        elif name in ("cell", "nestcell"):
            self._end_cell()
        elif name in ("row", "nestrow"):
            self._end_row()
        elif self._state.sink is not self._body:
            return
        elif name == "pard":
            self._level, self._in_table, self._list = None, False, False
        elif name == "intbl":
            self._in_table = True
        elif name == "outlinelevel" and argument is not None and 0 <= argument < 9:
            self._level = argument + 1
        elif name == "ls" and argument:
            self._list = True

    def _end_paragraph(self) -> None:
        self._decode()
        sink = self._state.sink
        if sink is not self._body:
            sink.paragraphs.append("".join(sink.pieces))
            sink.pieces.clear()
            return
        if self._in_table:
            sink.pieces.append(" ")
            return
        self._end_table()
        text = _joined(sink.pieces)
        labelled = f"{self._label} {text}" if self._label.strip() and text.strip() else text
        if self._level is not None:
            self._writer.heading(labelled, self._level)
        elif self._label or self._list:
            self._writer.line("list_item", labelled.removeprefix("\u2022").removeprefix("\u00b7"))
        else:
            self._writer.paragraph(text)
        self._label = ""
        self._write_asides()

    def _end_cell(self) -> None:
        self._decode()
        self._cells.append(_joined(self._state.sink.pieces))
        self._label = ""

    def _end_row(self) -> None:
        if self._cells:
            self._rows.append(self._cells)
            self._cells = []

    def _end_table(self) -> None:
        self._end_row()
        if self._rows:
            self._writer.table(self._rows)
            self._rows = []
            self._write_asides()

    def _end_aside(self, sink: _Sink) -> None:
        sink.paragraphs.append(_joined(sink.pieces))
        text = clean_line(" ".join(map(_whole, sink.paragraphs)))
        if sink.kind == "label":
            self._label = text
        elif sink.kind in ("title", "author"):
            self.properties.setdefault(sink.kind, text)
        elif sink.kind == "margin":
            if text:
                self._margins[text] = None
        elif text:
            self._asides.append(sink)

    def _write_asides(self) -> None:
        for sink in self._asides:
            for text in sink.paragraphs:
                self._writer.line("note" if sink.kind == "note" else "paragraph", _whole(text))
        self._asides.clear()


def _joined(pieces: list[str]) -> str:
    text = _whole("".join(pieces))
    pieces.clear()
    return text


def _whole(text: str) -> str:
    """Characters beyond the basic plane, given as two numbers, made whole."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _code_page(number: int | None) -> str:
    name = {65001: "utf-8", 936: "gb18030", 10000: "mac_roman"}.get(number or 0, f"cp{number}")
    try:
        "".encode(name)
    except LookupError:
        return "cp1252"
    return name
