"""PDF to pages of words and blocks, by pdfium; scanned pages by tesseract where it is installed."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pypdfium2.raw as pdfium

from on_prem_rag.errors import EmptyFile, FileTooComplex, UnreadableFile
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.converters.pdf_document import (
    metadata,
    open_page,
    open_pdf,
    parse_date,
    sensible_title,
)
from on_prem_rag.ingest.converters.pdf_objects import drawn_lines, image_share
from on_prem_rag.ingest.converters.pdf_page import PageContent, read_page
from on_prem_rag.ingest.converters.pdf_render import bounded_scale, render
from on_prem_rag.ingest.converters.scan import MOST_PIXELS, Scanner
from on_prem_rag.ingest.layout.document import PageSheets, finish
from on_prem_rag.ingest.layout.sheet import lay_out
from on_prem_rag.ingest.layout.token import Emphasis, Sheet
from on_prem_rag.ingest.parsed import ParsedDocument

MEDIA_TYPE = "application/pdf"
SCAN_DPI = 300
FEW_CHARACTERS = 60
"""A page with fewer than this that is mostly one image is a scan with a stamp on it."""
SCAN_SHARE = 0.5
LEAST_IMAGE = 0.02
"""Of the page: a smaller image on a page without text is an ornament."""
GARBAGE = 0.5
"""A larger share of characters without a meaning makes a page's text worthless."""


def convert(path: Path, options: ConvertOptions) -> ParsedDocument:
    """The document in the PDF at ``path``.

    Raises ``EmptyFile``, ``EncryptedFile``, ``UnreadableFile`` and ``FileTooComplex``. A page that
    cannot be read is left empty with a warning, as long as another one can.
    """
    with _collector_paused(), open_pdf(path) as document:
        count = pdfium.FPDF_GetPageCount(document)
        if count > options.max_pages:
            raise FileTooComplex(f"The PDF has {count} pages; {options.max_pages} are allowed.")
        if count < 1:
            raise EmptyFile("The PDF has no pages.")
        reader = _Reader(options, Scanner(options))
        for index in range(count):
            with open_page(document, index) as page:
                reader.read(page, index + 1)
        if reader.broken == count:
            raise UnreadableFile("None of the PDF's pages can be read.")
        title = sensible_title(metadata(document, "Title"))
        author = metadata(document, "Author")
        created = parse_date(metadata(document, "CreationDate"))
        done = finish(reader.pages, title)
    warnings = reader.scanner.warnings()
    if reader.broken:
        warnings.append(f"{reader.broken} of {count} pages could not be read.")
    return ParsedDocument(
        MEDIA_TYPE, done.blocks, done.pages, done.title, author, created, tuple(warnings)
    )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """No garbage collection meanwhile: millions of words, none of them in a cycle, cost a quarter
    of the time to look through again and again.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@dataclass(slots=True)
class _Reader:
    """Reads one page after the other and keeps only their words."""

    options: ConvertOptions
    scanner: Scanner
    pages: list[PageSheets] = field(default_factory=list)
    fonts: dict[bytes, Emphasis] = field(default_factory=dict)
    characters: int = 0
    broken: int = 0

    def read(self, page: Any, number: int) -> None:
        """Add page ``number``; ``page`` is None when pdfium cannot load it."""
        if page is None:
            self.broken += 1
            self.pages.append(PageSheets(number, 0.0, 0.0, []))
            return
        content = read_page(page, self.fonts)
        self.characters += content.characters
        if self.characters > self.options.max_text_chars:
            raise FileTooComplex("The PDF holds more text than is allowed.")
        if _is_scan(page, content):
            self.pages.append(self._scan(page, number))
        else:
            self.pages.append(_sheets(page, number, content))

    def _scan(self, page: Any, number: int) -> PageSheets:
        width = round(pdfium.FPDF_GetPageWidthF(page), 2)
        height = round(pdfium.FPDF_GetPageHeightF(page), 2)
        if not self.scanner.available:
            return self.scanner.skip(number, width, height)
        scale = bounded_scale(width, height, SCAN_DPI / 72, MOST_PIXELS)
        picture = render(page, scale, grey=True)
        return self.scanner.read(number, picture, width, height, SCAN_DPI)


def _is_scan(page: Any, content: PageContent) -> bool:
    """Whether the page's words are in its picture and not in its text."""
    if content.unmapped > GARBAGE:
        return True
    if content.characters >= FEW_CHARACTERS:
        return False
    share = image_share(page, content.frame)
    return share > (SCAN_SHARE if content.characters else LEAST_IMAGE)


def _sheets(page: Any, number: int, content: PageContent) -> PageSheets:
    """The page laid out; writing across the main direction, such as a stamp, becomes notes."""
    frame = content.frame
    sheets: list[Sheet] = []
    for turn, tokens in content.tokens.items():
        sides = (frame.width, frame.height)
        width, height = sides if turn in (0, 180) else sides[::-1]
        sheet = Sheet(number, width, height, tokens, turn)
        lay_out(sheet, partial(drawn_lines, page, frame, turn))
        for draft in sheet.drafts if sheets else ():
            draft.kind = "note" if draft.kind == "paragraph" else draft.kind
        sheets.append(sheet)
    return PageSheets(number, round(frame.width, 2), round(frame.height, 2), sheets)
