"""ODT, ODS and ODP (OASIS OpenDocument 1.3): one XML part holds the content of all three."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from on_prem_rag.errors import EncryptedFile, FileTooComplex, UnreadableFile
from on_prem_rag.ingest.converters.blocks import BlockWriter
from on_prem_rag.ingest.converters.ooxml import metadata
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.converters.package import Package, resolve
from on_prem_rag.ingest.converters.xml_walk import number, walk, walk_exit
from on_prem_rag.ingest.detect import ODP, ODS, ODT
from on_prem_rag.ingest.parsed import BlockKind, ParsedDocument

_NS = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_OFFICE, _TEXT, _TABLE, _DRAW = (_NS % name for name in ("office", "text", "table", "drawing"))
_PRESENTATION, _STYLE = _NS % "presentation", _NS % "style"
_PARAGRAPHS = frozenset({f"{_TEXT}p", f"{_TEXT}h"})
_NOTES = frozenset({f"{_TEXT}note", f"{_OFFICE}annotation"})
_FRAMES = frozenset({f"{_DRAW}frame", f"{_DRAW}custom-shape", f"{_DRAW}rect", f"{_DRAW}text-box"})
_UNSEEN = frozenset({
    f"{_TEXT}tracked-changes", f"{_OFFICE}forms", f"{_TEXT}sequence-decls", f"{_TEXT}note-citation",
    f"{_OFFICE}event-listeners", f"{_TEXT}table-of-content",
})  # fmt: skip
_SPACES = frozenset({f"{_TEXT}s", f"{_TEXT}tab", f"{_TEXT}line-break"})
_HREF = "{http://www.w3.org/1999/xlink}href"
_FORMULA = "{http://www.w3.org/1998/Math/MathML}annotation"
_MAX_COLUMNS = 16_384
_MAX_EMBEDDED_DEPTH = 4
_ENCRYPTED = b"encryption-data"


def convert(path: Path, options: ConvertOptions) -> ParsedDocument:
    """Read an ODF file. Raises UnreadableFile, EncryptedFile, FileTooComplex."""
    with Package(path) as package:
        if "META-INF/manifest.xml" in package and _ENCRYPTED in package.read(
            "META-INF/manifest.xml"
        ):
            raise EncryptedFile("The file is protected by a password.")
        body = package.xml("content.xml").find(f"{_OFFICE}body")
        content = next(iter(body), None) if body is not None else None
        if content is None:
            raise UnreadableFile("The file is damaged: it has no content.")
        reader = _Reader(package, BlockWriter(options))
        media_type = reader.read(content)
        reader.margins(package.find_xml("styles.xml"))
        properties = metadata(package.find_xml("meta.xml"))
        return reader.writer.document(
            media_type,
            title=properties.title or reader.title,
            author=properties.author,
            created=properties.created,
        )


class _Reader:
    def __init__(self, package: Package, writer: BlockWriter) -> None:
        self.writer = writer
        self.title: str | None = None
        self._package = package
        self._page: int | None = None
        self._folder = ""

    def read(self, content: Element) -> str:
        """Write text, sheets or slides; returns the media type."""
        kind = content.tag.removeprefix(_OFFICE)
        if kind == "spreadsheet":
            for page, sheet in self._pages(content, f"{_TABLE}table"):
                self.writer.heading(sheet.get(f"{_TABLE}name", ""), 1, page=page)
                self._table(sheet)
            return ODS
        if kind == "presentation":
            for _, slide in self._pages(content, f"{_DRAW}page"):
                self._slide(slide)
            return ODP
        self._content(content)
        return ODT

    def margins(self, styles: Element | None) -> None:
        """Write the headers and footers of a text, once each."""
        seen: set[str] = set()
        for master in styles.iter(f"{_STYLE}master-page") if styles is not None else ():
            for margin in master:
                text = _all_text(margin) if margin.tag.startswith(_STYLE) else ""
                if text.strip() and text not in seen:
                    seen.add(text)
                    self.writer.line("note", text)

    def _pages(self, content: Element, tag: str) -> Iterator[tuple[int, Element]]:
        for page, element in enumerate(content.iterfind(tag), start=1):
            if page > self.writer.options.max_pages:
                raise FileTooComplex(f"The file has more than {page - 1:,} pages.")
            self._page = page
            yield page, element

    def _slide(self, slide: Element) -> None:
        title = f"{_PRESENTATION}class"
        frames = [element for element in slide if element.get(title) == "title"]
        text = " ".join(_all_text(frame) for frame in frames)
        if text.strip():
            self.title = self.title or text
            self.writer.heading(text, 1, page=self._page)
        for element in slide:
            if element.tag == f"{_PRESENTATION}notes":
                for paragraph in element.iter(f"{_TEXT}p"):
                    self.writer.line("note", _own_text(paragraph), page=self._page)
            elif element.get(title) != "title":
                self._content(element)

    def _content(self, root: Element) -> None:
        """Write paragraphs, lists and tables in order."""
        items = 0
        closed = _UNSEEN | _PARAGRAPHS | {f"{_TABLE}table", *_NOTES}
        for element, entering in walk_exit(root, closed):
            if element.tag == f"{_TEXT}list-item":
                items += 1 if entering else -1
            elif not entering:
                continue
            elif element.tag in _PARAGRAPHS:
                self._paragraph(element, "list_item" if items else "paragraph")
            elif element.tag == f"{_TABLE}table":
                self._table(element)
            elif element.tag in _NOTES:
                self.writer.line("note", _all_text(element), page=self._page)
            elif element.tag == f"{_DRAW}object":
                self._embedded(element.get(_HREF, ""))

    def _embedded(self, reference: str) -> None:
        """Write a table, text or formula that is a package inside the package."""
        folder = resolve(self._folder, reference) + "/"
        root = self._package.find_xml(f"{folder}content.xml")
        if root is None or folder.count("/") > _MAX_EMBEDDED_DEPTH:
            return
        outer, self._folder = self._folder, folder
        for annotation in root.iter(_FORMULA):
            self.writer.paragraph(annotation.text or "", page=self._page)
        self._content(root)
        self._folder = outer

    def _paragraph(self, paragraph: Element, kind: BlockKind) -> None:
        text = _own_text(paragraph)
        style = paragraph.get(f"{_TEXT}style-name", "").lower()
        if paragraph.tag == f"{_TEXT}h":
            level = number(paragraph.get(f"{_TEXT}outline-level"), 1)
            self.writer.heading(text, level, page=self._page)
        elif style == "title":
            self.title = self.title or text
            self.writer.heading(text, 1, page=self._page)
        else:
            self.writer.line("caption" if style == "caption" else kind, text, page=self._page)
        for element in walk(paragraph, _UNSEEN | _FRAMES | _NOTES):
            if element.tag in _FRAMES:
                self._content(element)
            elif element.tag in _NOTES:
                self.writer.line("note", _all_text(element), page=self._page)

    def _table(self, table: Element) -> None:
        rows: list[list[str]] = []
        header_rows = 0
        for element, entering in walk_exit(table, _UNSEEN | {f"{_TABLE}table-row"}):
            if element.tag == f"{_TABLE}table-header-rows" and not entering:
                header_rows = len(rows)
            if element.tag != f"{_TABLE}table-row" or not entering:
                continue
            texts = _row(element)
            # Empty rows are often repeated a million times to fill the sheet.
            repeated = number(element.get(f"{_TABLE}number-rows-repeated"), 1) if any(texts) else 1
            self.writer.count(len(texts) * repeated)
            rows.extend([texts] * repeated)
        if len(rows) == 1 and len(rows[0]) == 1:
            cell = next(table.iter(f"{_TABLE}table-cell"))
            self._content(cell)
            return
        self.writer.table(rows, header_rows=header_rows or 1, page=self._page)


def _row(row: Element) -> list[str]:
    texts: list[str] = []
    empty = 0
    for cell in row:
        if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        repeated = min(number(cell.get(f"{_TABLE}number-columns-repeated"), 1), _MAX_COLUMNS)
        text = _all_text(cell)
        if not text.strip():
            empty += repeated
            continue
        texts += [""] * min(empty, _MAX_COLUMNS) + [text] * repeated
        empty = 0
    return texts


def _own_text(paragraph: Element) -> str:
    """The running text of one paragraph, without its notes and frames."""
    pieces = [paragraph.text or ""]
    closed = _UNSEEN | _FRAMES | _NOTES
    for element, entering in walk_exit(paragraph, closed):
        if entering:
            if element.tag in _SPACES:
                pieces.append(" ")
            elif element.tag not in closed:
                pieces.append(element.text or "")
        else:
            pieces.append(element.tail or "")
    return "".join(pieces)


def _all_text(root: Element) -> str:
    """The text of every paragraph below ``root``, inner tables and frames included."""
    return " ".join(_own_text(e) for e in walk(root, _UNSEEN) if e.tag in _PARAGRAPHS)
