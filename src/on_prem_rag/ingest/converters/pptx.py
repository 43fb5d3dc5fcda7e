"""PPTX: slides in order with titles, lists, tables, diagrams, charts and speaker notes.

Reads the XML itself: python-pptx fails on shapes it does not know, and loses diagrams.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from on_prem_rag.errors import FileTooComplex, UnreadableFile
from on_prem_rag.ingest.converters.blocks import BlockWriter
from on_prem_rag.ingest.converters.ooxml import (
    MC,
    A,
    P,
    R,
    core_properties,
    main_part,
    read_part,
)
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.converters.package import Package
from on_prem_rag.ingest.converters.xml_walk import walk
from on_prem_rag.ingest.detect import PPTX
from on_prem_rag.ingest.parsed import ParsedDocument

_SHAPE, _FRAME, _PARAGRAPH = f"{P}sp", f"{P}graphicFrame", f"{A}p"
_TITLES = frozenset({"title", "ctrTitle"})
_PLUMBING = frozenset({"sldNum", "dt", "hdr", "sldImg"})
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_UNSEEN = frozenset({f"{MC}Fallback", f"{A}pPr", f"{A}rPr"})


def convert(path: Path, options: ConvertOptions) -> ParsedDocument:
    """Read a PPTX file. Raises UnreadableFile, EncryptedFile, FileTooComplex."""
    with Package(path) as package:
        writer = BlockWriter(options)
        title = None
        for number, part in enumerate(_slides(package), start=1):
            if number > options.max_pages:
                raise FileTooComplex(f"The file has more than {options.max_pages:,} slides.")
            try:
                title = _slide(package, part, number, writer) or title
            except UnreadableFile:
                writer.warn(f"Slide {number} is damaged and was left out.")
        properties = core_properties(package)
        return writer.document(
            PPTX,
            title=properties.title or title,
            author=properties.author,
            created=properties.created,
        )


def _slides(package: Package) -> Iterator[str]:
    """Parts of the slides in the order they are shown."""
    part = main_part(package, "ppt/presentation.xml")
    relationships = package.relationships(part)
    for element in read_part(package, part).iter(f"{P}sldId"):
        relationship = relationships.get(element.get(f"{R}id", ""))
        if relationship is not None and relationship.target in package:
            yield relationship.target


def _slide(package: Package, part: str, number: int, writer: BlockWriter) -> str | None:
    """Write one slide, its title first; the title of slide 1 is the document's."""
    shapes = list(walk(read_part(package, part), _UNSEEN | {_SHAPE, _FRAME}))
    titles = [shape for shape in shapes if _placeholder(shape) in _TITLES]
    title = " ".join(_text(p) for shape in titles for p in shape.iter(_PARAGRAPH))
    writer.heading(title, 1, page=number)
    for shape in shapes:
        kind = _placeholder(shape)
        if shape.tag == _SHAPE and kind not in _TITLES and kind not in _PLUMBING:
            _paragraphs(shape, kind, number, writer)
        elif shape.tag == _FRAME:
            _frame(package, part, shape, number, writer)
    for notes in package.parts(part, "notesSlide"):
        for shape in read_part(package, notes).iter(_SHAPE):
            if _placeholder(shape) == "body":
                for paragraph in shape.iter(_PARAGRAPH):
                    writer.line("note", _text(paragraph), page=number)
    return title if number == 1 and title else None


def _placeholder(shape: Element) -> str | None:
    """The type of placeholder a shape fills, None for a free shape."""
    element = shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
    return None if element is None else element.get("type", "obj")


def _paragraphs(shape: Element, kind: str | None, number: int, writer: BlockWriter) -> None:
    for paragraph in shape.iter(_PARAGRAPH):
        properties = paragraph.find(f"{A}pPr")
        # Content placeholders show bullets unless told not to; free text boxes the other way round.
        bullet = kind in ("body", "obj")
        if properties is not None:
            if properties.find(f"{A}buNone") is not None:
                bullet = False
            elif any(properties.find(f"{A}{name}") is not None for name in ("buChar", "buAutoNum")):
                bullet = True
        writer.line("list_item" if bullet else "paragraph", _text(paragraph), page=number)


def _text(paragraph: Element) -> str:
    pieces = []
    for element in walk(paragraph, _UNSEEN):
        if element.tag == f"{A}t":
            pieces.append(element.text or "")
        elif element.tag in (f"{A}br", f"{A}tab"):
            pieces.append(" ")
    return "".join(pieces)


def _frame(package: Package, part: str, frame: Element, number: int, writer: BlockWriter) -> None:
    """A table, diagram or chart."""
    for table in frame.iter(f"{A}tbl"):
        rows = [
            [" ".join(_text(p) for p in cell.iter(_PARAGRAPH)) for cell in row.iter(f"{A}tc")]
            for row in table.iter(f"{A}tr")
        ]
        writer.table(rows, page=number)
    relationships = package.relationships(part)
    for tag, attribute in ((f"{_DIAGRAM}relIds", f"{R}dm"), (f"{_CHART}chart", f"{R}id")):
        for reference in frame.iter(tag):
            relationship = relationships.get(reference.get(attribute, ""))
            root = package.find_xml(relationship.target) if relationship is not None else None
            if root is None:
                continue
            if tag == f"{_CHART}chart":
                _chart(root, number, writer)
            else:
                for paragraph in root.iter(_PARAGRAPH):
                    writer.line("list_item", _text(paragraph), page=number)


def _chart(root: Element, number: int, writer: BlockWriter) -> None:
    """A chart as a table: one row a category, one column a series."""
    for title in root.iterfind(f"{_CHART}chart/{_CHART}title"):
        writer.line("caption", " ".join(_text(p) for p in title.iter(_PARAGRAPH)), page=number)
    columns = [
        [_values(series, "tx"), _values(series, "cat"), _values(series, "val")]
        for series in root.iter(f"{_CHART}ser")
    ]
    categories = max((names for _, names, _ in columns), key=len, default=[])
    rows = [["", *(" ".join(name) for name, _, _ in columns)]]
    for index, category in enumerate(categories):
        values = (values[index] if index < len(values) else "" for _, _, values in columns)
        rows.append([category, *values])
    writer.table(rows, page=number)


def _values(series: Element, name: str) -> list[str]:
    return [value.text or "" for value in series.iterfind(f"{_CHART}{name}//{_CHART}v")]
