"""Every real PDF: runs equal their words exactly, boxes lie on the page, tables are rectangular.

A short form takes a few files; RAG_TEST_FULL=1 takes all.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.eval_data import FULL, eval_data

from on_prem_rag.errors import ConversionError
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.converters.pdf import convert
from on_prem_rag.ingest.parsed import Block, Page, ParsedDocument, Text

pytestmark = [pytest.mark.eval_data, pytest.mark.slow]
SHORT = (
    "COSTCO_2023_8K*",
    "PEPSICO_2023Q1*",
    "ULTABEAUTY*",
    "multi-column*",
    "right_to_left*",
    "redp5110*",
    "layout-parser*",
    "govdocs_*",
    "unst_*",
)
# Scans are left to the tests of text recognition.
OPTIONS = ConvertOptions(ocr_timeout_seconds=0.01)


def files() -> list[Path]:
    folders = [
        eval_data("pdf_qa", "pdfs"),
        eval_data("office", "files"),
        eval_data("hostile", "files"),
    ]
    found = [path for folder in folders for path in sorted(folder.glob("*.pdf"))]
    return found if FULL else [path for path in found if any(path.match(name) for name in SHORT)]


def assert_exact(text: Text, pages: tuple[Page, ...]) -> None:
    position = 0
    for run in text.runs:
        words = pages[run.page - 1].words[run.first : run.last]
        assert " ".join(word.text for word in words) == text.value[run.start : run.end]
        assert run.start in (position, position + 1)
        position = run.end
    assert position == len(text.value)


def assert_well_formed(block: Block, document: ParsedDocument) -> None:
    texts = [cell for row in block.rows for cell in row] if block.kind == "table" else [block.text]
    for text in texts:
        assert_exact(text, document.pages)
    assert len({len(row) for row in block.rows}) <= 1
    assert block.header_rows <= len(block.rows)
    assert (block.level in range(1, 7)) == (block.kind == "heading")


def assert_words_on_page(page: Page) -> None:
    for word in page.words:
        assert word.text
        assert not re.search(r"\s", word.text)
        for box in filter(None, (word.box, word.rest)):
            assert box.x0 <= box.x1
            assert box.y0 <= box.y1
            assert box.x1 >= 0
            assert box.y1 >= 0
            assert box.x0 <= page.width + 1
            assert box.y0 <= page.height + 1


@pytest.mark.timeout(900)
def test_every_run_is_its_words_and_every_box_is_on_its_page() -> None:
    converted = 0
    for path in files():
        try:
            document = convert(path, OPTIONS)
        except ConversionError:
            continue
        converted += 1
        for page in document.pages:
            assert_words_on_page(page)
        for block in document.blocks:
            assert_well_formed(block, document)
    assert converted >= 10
