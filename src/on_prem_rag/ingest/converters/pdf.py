"""PDF to pages of words and blocks, by pdfium; scanned pages by tesseract where it is installed."""

from __future__ import annotations

from dataclasses import dataclass, field
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
from on_prem_rag.ingest.converters.pdf_objects import graphics
from on_prem_rag.ingest.converters.pdf_page import PageContent, read_page
from on_prem_rag.ingest.converters.pdf_render import bounded_scale, render
from on_prem_rag.ingest.converters.scan import MOST_PIXELS, Scanner
from on_prem_rag.ingest.layout.document import PageSheets, finish
from on_prem_rag.ingest.layout.sheet import lay_out
from on_prem_rag.ingest.layout.token import Emphasis, Sheet, Turn
from on_prem_rag.ingest.parsed import ParsedDocument

MEDIA_TYPE = "application/pdf"
SCAN_DPI = 300
FEW_CHARACTERS = 60
"""A page with fewer than this that is mostly one image is a scan with a stamp on it."""
SCAN_SHARE = 0.5
GARBAGE = 0.5
"""A larger share of characters without a meaning makes a page's text worthless."""


def convert(path: Path, options: ConvertOptions) -> ParsedDocument:
    """The document in the PDF at ``path``.

    Raises ``EmptyFile``, ``EncryptedFile``, ``UnreadableFile`` and ``FileTooComplex``. A page that
    cannot be read is left empty with a warning, as long as another one can.
    """
    with open_pdf(path) as document:
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
    warnings = reader.scanner.warnings()
    if reader.broken:
        warnings.append(f"{reader.broken} of {count} pages could not be read.")
    done = finish(reader.pages, title)
    return ParsedDocument(
        MEDIA_TYPE, done.blocks, done.pages, done.title, author, created, tuple(warnings)
    )


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
        turn: Turn = next(iter(content.tokens), 0)
        content.rules, content.image_share = graphics(page, content.frame, turn)
        self.pages.append(
            self._scan(page, number) if _is_scan(content) else _sheets(number, content)
        )

    def _scan(self, page: Any, number: int) -> PageSheets:
        width = round(pdfium.FPDF_GetPageWidthF(page), 2)
        height = round(pdfium.FPDF_GetPageHeightF(page), 2)
        if not self.scanner.available:
            return self.scanner.skip(number, width, height)
        scale = bounded_scale(width, height, SCAN_DPI / 72, MOST_PIXELS)
        picture = render(page, scale, grey=True)
        return self.scanner.read(number, picture, width, height, SCAN_DPI)


def _is_scan(content: PageContent) -> bool:
    """Whether the page's words are in its picture and not in its text."""
    if content.characters == 0:
        return content.image_share > 0.02
    if content.unmapped > GARBAGE:
        return True
    return content.characters < FEW_CHARACTERS and content.image_share > SCAN_SHARE


def _sheets(number: int, content: PageContent) -> PageSheets:
    frame = content.frame
    sheets: list[Sheet] = []
    for turn, tokens in content.tokens.items():
        sides = (frame.width, frame.height)
        width, height = sides if turn in (0, 180) else sides[::-1]
        rules = content.rules if not sheets else []
        sheet = Sheet(number, width, height, tokens, rules, turn)
        lay_out(sheet)
        sheets.append(sheet)
    return PageSheets(number, round(frame.width, 2), round(frame.height, 2), sheets)
