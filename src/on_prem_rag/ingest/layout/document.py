"""All sheets of a document to its pages and blocks."""

from __future__ import annotations

from typing import Literal, NamedTuple

from on_prem_rag.ingest.layout.assemble import PageWords, assemble
from on_prem_rag.ingest.layout.furniture import set_furniture_aside
from on_prem_rag.ingest.layout.headings import mark_headings
from on_prem_rag.ingest.layout.hyphens import Vocabulary
from on_prem_rag.ingest.layout.title import cover_title, largest_title
from on_prem_rag.ingest.layout.token import Sheet
from on_prem_rag.ingest.parsed import Block, Page


class PageSheets(NamedTuple):
    """One page as shown, and its laid out sheets, one per direction of writing."""

    number: int
    width: float
    height: float
    sheets: list[Sheet]
    ocr: Literal["none", "done", "needed"] = "none"


class Finished(NamedTuple):
    """A document's final pages and blocks, and the title its first page gives."""

    pages: tuple[Page, ...]
    blocks: tuple[Block, ...]
    title: str | None


def finish(pages: list[PageSheets], stated_title: str | None = None) -> Finished:
    """Headers and footers set aside, headings ranked, words numbered; empties ``pages``' sheets.

    ``stated_title`` is what the file says of itself; only a filing's cover knows better.
    """
    sheets = [sheet for page in pages for sheet in page.sheets]
    set_furniture_aside(sheets)
    mark_headings(sheets)
    title = cover_title(sheets) or stated_title or largest_title(sheets)
    vocabulary = Vocabulary()
    for sheet in sheets:
        vocabulary.add(sheet)
    done: list[Page] = []
    blocks: list[Block] = []
    for page in pages:
        words = PageWords(page.number, page.width, page.height)
        for sheet in page.sheets:
            blocks += assemble(words, sheet, vocabulary)
        page.sheets.clear()
        done.append(Page(page.number, page.width, page.height, tuple(words.words), page.ocr))
    return Finished(tuple(done), tuple(blocks), title)
