"""DOCX: paragraphs, lists and tables in order, notes, text boxes, headers and footers.

Reads the XML itself instead of through python-docx, which refuses files Word opens (a table grid
that does not add up) and does not see text boxes, content controls, notes and list numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.etree.ElementTree import Element

from on_prem_rag.errors import UnreadableFile
from on_prem_rag.ingest.converters.blocks import BlockWriter
from on_prem_rag.ingest.converters.docx_styles import Numbering, Styles, outline_level, value
from on_prem_rag.ingest.converters.ooxml import MC, W, core_properties, main_part, read_part
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.converters.package import Package
from on_prem_rag.ingest.converters.xml_walk import number, walk
from on_prem_rag.ingest.detect import DOCX
from on_prem_rag.ingest.parsed import ParsedDocument

_P, _TABLE, _BOX = f"{W}p", f"{W}tbl", f"{W}txbxContent"
# Deleted text, properties, and the old twin of a shape that is also there in the new form.
_UNSEEN = frozenset(
    {f"{W}del", f"{W}moveFrom", f"{W}sectPr", f"{W}pPr", f"{W}rPr", f"{MC}Fallback"}
)
_BLOCKS = _UNSEEN | {_P, _TABLE}
_INLINE = _UNSEEN | {_BOX}
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_SPACES = frozenset({f"{W}tab", f"{W}br", f"{W}cr", f"{W}ptab"})
_HYPHEN = f"{W}noBreakHyphen"
_NOTES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}


def convert(path: Path, options: ConvertOptions) -> ParsedDocument:
    """Read a DOCX file. Raises UnreadableFile, EncryptedFile, FileTooComplex."""
    with Package(path) as package:
        return _Reader(package, options).read()


class _Reader:
    def __init__(self, package: Package, options: ConvertOptions) -> None:
        self._package = package
        self._writer = BlockWriter(options)
        self._part = main_part(package, "word/document.xml")
        self._styles = Styles(self._related("styles"))
        self._numbering = Numbering(self._related("numbering"))
        self._notes = {
            (kind, note.get(f"{W}id", "")): note
            for kind in ("footnotes", "endnotes")
            for note in _children(self._related(kind))
        }
        self._title: str | None = None

    def read(self) -> ParsedDocument:
        body = read_part(self._package, self._part).find(f"{W}body")
        if body is None:
            raise UnreadableFile("The file is damaged: its document part has no body.")
        self._content(body)
        seen: set[str] = set()
        for kind in ("header", "footer", "comments"):
            for name in self._package.parts(self._part, kind):
                self._margin(name, seen)
        title, author, created = core_properties(self._package)
        return self._writer.document(
            DOCX, title=title or self._title, author=author, created=created
        )

    def _content(self, root: Element) -> None:
        for element in walk(root, _BLOCKS):
            if element.tag == _P:
                self._paragraph(element)
            elif element.tag == _TABLE:
                self._table(element)

    def _paragraph(self, paragraph: Element) -> None:
        properties = paragraph.find(f"{W}pPr")
        style = self._styles.get(value(properties, "pStyle") if properties is not None else "")
        text, boxes, notes = _inline(paragraph)
        level = outline_level(paragraph) or style.level
        own = properties.find(f"{W}numPr") if properties is not None else None
        list_id = value(own, "numId") if own is not None else style.list_id
        list_level = number(value(own, "ilvl")) if own is not None else style.list_level
        label = ""
        if text and list_id and list_id != "0":
            label = self._numbering.next_label(list_id, list_level)
        full = f"{label} {text}"
        if style.name == "title" and text:
            self._title = self._title or text
            self._writer.heading(full, 1)
        elif level:
            self._writer.heading(full, level)
        elif list_id and list_id != "0":
            self._writer.line("list_item", full)
        else:
            self._writer.line("caption" if style.name == "caption" else "paragraph", full)
        for box in boxes:
            self._content(box)
        for reference in notes:
            if (note := self._notes.get(reference)) is not None:
                self._writer.line("note", _all_text(note))

    def _table(self, table: Element) -> None:
        rows = [row for row in walk(table, _BLOCKS | {f"{W}tr"}) if row.tag == f"{W}tr"]
        cells = [[c for c in walk(row, _BLOCKS | {f"{W}tc"}) if c.tag == f"{W}tc"] for row in rows]
        if len(cells) == 1 and len(cells[0]) == 1:
            # One cell is a frame around ordinary content.
            self._content(cells[0][0])
            return
        marked = 0
        for row in rows:
            if row.find(f"{W}trPr/{W}tblHeader") is None:
                break
            marked += 1
        self._writer.table(_grid(cells), header_rows=marked or 1)

    def _margin(self, name: str, seen: set[str]) -> None:
        """Add a header, footer or comments part once: sections repeat theirs."""
        root = self._package.find_xml(name)
        for paragraph in walk(root, {_P}) if root is not None else ():
            text = _inline(paragraph)[0] if paragraph.tag == _P else ""
            # A page number alone says nothing.
            if any(map(str.isalpha, text)) and text not in seen:
                seen.add(text)
                self._writer.line("note", text)

    def _related(self, kind: str) -> Element | None:
        for name in self._package.parts(self._part, kind):
            return self._package.find_xml(name)
        return None


def _children(root: Element | None) -> Iterable[Element]:
    return root if root is not None else ()


def _inline(paragraph: Element) -> tuple[str, list[Element], list[tuple[str, str]]]:
    """A paragraph's visible text, its text boxes and the notes it refers to."""
    pieces: list[str] = []
    boxes: list[Element] = []
    notes: list[tuple[str, str]] = []
    for element in walk(paragraph, _INLINE):
        tag = element.tag
        if tag in (f"{W}t", _MATH_TEXT):
            pieces.append(element.text or "")
        elif tag in _SPACES:
            pieces.append(" ")
        elif tag == _HYPHEN:
            pieces.append("-")
        elif tag == _BOX:
            boxes.append(element)
        elif tag in _NOTES:
            notes.append((_NOTES[tag], element.get(f"{W}id", "")))
    return "".join(pieces), boxes, notes


def _all_text(root: Element) -> str:
    """The text of every paragraph below ``root``, nested tables and text boxes included."""
    texts = []
    for element in walk(root, _UNSEEN):
        if element.tag == _P:
            texts.append(_inline(element)[0])
    return " ".join(texts)


def _grid(rows: list[list[Element]]) -> list[list[str]]:
    """Cell texts by column; a vertically merged cell says its text in each of its rows."""
    above: list[str] = []
    grid = []
    for row in rows:
        texts: list[str] = []
        for cell in row:
            properties = cell.find(f"{W}tcPr")
            column = len(texts)
            merge = properties.find(f"{W}vMerge") if properties is not None else None
            continued = merge is not None and merge.get(f"{W}val") != "restart"
            text = above[column] if continued and column < len(above) else _all_text(cell)
            span = number(value(properties, "gridSpan"), 1) if properties is not None else 1
            texts += [text, *[""] * (min(span, 200) - 1)]
        grid.append(texts)
        above = texts
    return grid
