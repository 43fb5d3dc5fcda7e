"""All sheets of a document to its pages and blocks."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple

from on_prem_rag.ingest.layout.assemble import PageWords, assemble
from on_prem_rag.ingest.layout.furniture import set_furniture_aside
from on_prem_rag.ingest.layout.headings import mark_headings
from on_prem_rag.ingest.layout.hyphens import Vocabulary
from on_prem_rag.ingest.layout.token import Sheet
from on_prem_rag.ingest.parsed import Block, Page


class PageSheets(NamedTuple):
    """One page as shown, and its laid out sheets, one per direction of writing."""

    number: int
    width: float
    height: float
    sheets: list[Sheet]
    ocr: Literal["none", "done", "needed"] = "none"


def finish(pages: list[PageSheets]) -> tuple[tuple[Page, ...], tuple[Block, ...]]:
    """Headers and footers set aside, headings ranked, words numbered; empties ``pages``' sheets."""
    sheets = [sheet for page in pages for sheet in page.sheets]
    set_furniture_aside(sheets)
    mark_headings(sheets)
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
    return tuple(done), tuple(blocks)


def first_heading(blocks: tuple[Block, ...]) -> str | None:
    """The highest heading among the first blocks, for a document without a title of its own."""
    early = [block for block in blocks[:20] if block.kind == "heading" and block.page in (1, None)]
    if not early:
        return None
    best = min(early, key=lambda block: block.level)
    return replace(best.text).value
