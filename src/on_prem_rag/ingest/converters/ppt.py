"""PPT (PowerPoint 97-2003): slides in order with titles, texts and notes from the binary format.

Debian's catppt finds almost nothing in files of today's programs. Follows Microsoft's MS-PPT: the
chain of edits (2.1.2) leads to the newest version of every part, the slide list gives the order.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from on_prem_rag.errors import EncryptedFile, FileTooComplex, UnreadableFile
from on_prem_rag.ingest.converters.blocks import BlockWriter
from on_prem_rag.ingest.converters.compound import CompoundFile, unsigned, unsigned_array
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.detect import PPT
from on_prem_rag.ingest.parsed import ParsedDocument

_ENCRYPTED_TOKEN = 0xF3D1C4DF
_USER_EDIT, _PERSIST_DIRECTORY = 0x0FF5, 0x1772
_SLIDE_LIST, _SLIDE_REFERENCE, _NOTES_ATOM = 0x0FF0, 0x03F3, 0x03F1
_TEXT_BOX, _TEXT_HEADER, _OUTLINE_REFERENCE = 0xF00D, 0x0F9F, 0x0F9E
_TEXT_CHARS, _TEXT_BYTES = 0x0FA0, 0x0FA8
_TITLES = frozenset({0, 6})
_BODIES = frozenset({1, 5, 7, 8})
_NOTES_TEXT = 2
_SLIDES, _NOTES = 0, 2
_MAX_EDITS = 10_000


class _Record(NamedTuple):
    instance: int
    kind: int
    start: int
    end: int
    container: bool


class _Entry(NamedTuple):
    """A slide or notes page in a list: where it is kept and the texts of its outline."""

    persist: int
    slide_id: int
    texts: list[tuple[int, str]]


def convert(path: Path, options: ConvertOptions) -> ParsedDocument:
    """Read a PPT file. Raises UnreadableFile, EncryptedFile, FileTooComplex."""
    with CompoundFile(path) as file:
        current = file.stream("Current User")
        if unsigned(current, 12) == _ENCRYPTED_TOKEN:
            raise EncryptedFile("The file is protected by a password.")
        presentation = _Presentation(file.stream("PowerPoint Document"), unsigned(current, 16))
        properties = file.properties()
    writer = BlockWriter(options)
    title = presentation.write(writer)
    return writer.document(PPT, title=properties.title or title, author=properties.author)


class _Presentation:
    def __init__(self, data: bytes, edit: int) -> None:
        self._data = data
        self._offsets: dict[int, int] = {}
        self._document = self._follow_edits(edit)

    def write(self, writer: BlockWriter) -> str | None:
        """Write every slide; returns the first title."""
        notes = {self._slide_of(entry): entry for entry in self._entries(_NOTES)}
        first_title = None
        for number, entry in enumerate(self._entries(_SLIDES), start=1):
            if number > writer.options.max_pages:
                raise FileTooComplex(f"The file has more than {number - 1:,} slides.")
            texts = list(self._texts(entry)) or entry.texts
            for kind, text in sorted(texts, key=lambda each: each[0] not in _TITLES):
                if kind in _TITLES:
                    first_title = first_title or text
                    writer.heading(text, 1, page=number)
                    continue
                for line in text.split("\r"):
                    writer.line("list_item" if kind in _BODIES else "paragraph", line, page=number)
            if (note := notes.get(entry.slide_id)) is not None:
                for kind, text in self._texts(note):
                    if kind == _NOTES_TEXT:
                        writer.line("note", text, page=number)
        return first_title

    def _follow_edits(self, edit: int) -> int:
        """Collect the newest offset of every part; returns the document's number."""
        document = None
        for _ in range(_MAX_EDITS):
            record = self._record(edit)
            if record.kind != _USER_EDIT:
                raise UnreadableFile("The file is damaged: its list of edits is broken.")
            previous, directory, root = unsigned_array(self._data, record.start + 8, 3)
            document = root if document is None else document
            self._read_directory(self._record(directory))
            if not previous or previous >= edit:
                return document
            edit = previous
        raise FileTooComplex("The file was saved too many times to be read.")

    def _read_directory(self, record: _Record) -> None:
        if record.kind != _PERSIST_DIRECTORY:
            raise UnreadableFile("The file is damaged: its list of parts is broken.")
        position = record.start
        while position + 4 <= record.end:
            entry = unsigned(self._data, position)
            first, count = entry & 0xFFFFF, entry >> 20
            offsets = unsigned_array(self._data, position + 4, count)
            for index, offset in enumerate(offsets):
                self._offsets.setdefault(first + index, offset)
            position += 4 + 4 * count

    def _part(self, number: int) -> _Record:
        offset = self._offsets.get(number)
        if offset is None:
            raise UnreadableFile("The file is damaged: one of its parts is missing.")
        return self._record(offset)

    def _record(self, offset: int) -> _Record:
        head = unsigned(self._data, offset, 2)
        kind = unsigned(self._data, offset + 2, 2)
        start = offset + 8
        end = min(start + unsigned(self._data, offset + 4), len(self._data))
        return _Record(head >> 4, kind, start, end, container=head & 0xF == 0xF)

    def _children(self, parent: _Record) -> Iterator[_Record]:
        position = parent.start
        while position + 8 <= parent.end:
            record = self._record(position)
            yield record
            position = record.end

    def _descendants(self, parent: _Record) -> Iterator[_Record]:
        """All records below ``parent`` in order, without recursion."""
        stack = [self._children(parent)]
        while stack:
            record = next(stack[-1], None)
            if record is None:
                stack.pop()
                continue
            yield record
            if record.container:
                stack.append(self._children(record))

    def _entries(self, instance: int) -> Iterator[_Entry]:
        """Slides or notes pages in order."""
        for record in self._children(self._part(self._document)):
            if record.kind != _SLIDE_LIST or record.instance != instance:
                continue
            entry: _Entry | None = None
            kind = 4
            for child in self._children(record):
                if child.kind == _SLIDE_REFERENCE:
                    if entry is not None:
                        yield entry
                    persist, _, _, slide_id = unsigned_array(self._data, child.start, 4)
                    entry = _Entry(persist, slide_id, [])
                elif child.kind == _TEXT_HEADER:
                    kind = unsigned(self._data, child.start)
                    if entry is not None:
                        entry.texts.append((kind, ""))
                elif entry is not None and entry.texts and child.kind in (_TEXT_CHARS, _TEXT_BYTES):
                    entry.texts[-1] = (kind, self._text(child))
            if entry is not None:
                yield entry

    def _texts(self, entry: _Entry) -> Iterator[tuple[int, str]]:
        """Kind and text of every text box of a slide, in order."""
        for box in self._descendants(self._part(entry.persist)):
            if box.kind != _TEXT_BOX:
                continue
            kind = 4
            for child in self._children(box):
                if child.kind == _TEXT_HEADER:
                    kind = unsigned(self._data, child.start)
                elif child.kind in (_TEXT_CHARS, _TEXT_BYTES):
                    yield kind, self._text(child)
                elif child.kind == _OUTLINE_REFERENCE:
                    index = unsigned(self._data, child.start)
                    if index < len(entry.texts):
                        yield entry.texts[index]

    def _text(self, record: _Record) -> str:
        raw = self._data[record.start : record.end]
        if record.kind == _TEXT_BYTES:
            return raw.decode("latin-1")
        return raw[: len(raw) // 2 * 2].decode("utf-16-le", "replace")

    def _slide_of(self, entry: _Entry) -> int:
        """The slide a notes page belongs to."""
        for record in self._children(self._part(entry.persist)):
            if record.kind == _NOTES_ATOM:
                return unsigned(self._data, record.start)
        return 0
