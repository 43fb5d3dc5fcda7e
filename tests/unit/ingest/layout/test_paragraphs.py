from __future__ import annotations

from tests.unit.ingest.layout.made import words

from on_prem_rag.ingest.layout.paragraphs import paragraphs
from on_prem_rag.ingest.layout.tables import Row, row_of
from on_prem_rag.ingest.layout.token import Emphasis, segment_of

FULL = "words that fill a whole line up to its very end in here"


def line(text: str, y: float, x: float = 50, size: float = 10, emphasis: Emphasis = 0) -> Row:
    return row_of([segment_of(words(text, x, y, size, emphasis))])


def made(*rows: Row) -> list[tuple[str, int]]:
    return [(draft.kind, len(draft.lines)) for draft in paragraphs(list(rows))]


def test_gap_ends_a_paragraph() -> None:
    rows = [line(FULL, y) for y in (100, 112, 124, 150, 162)]
    assert made(*rows) == [("paragraph", 3), ("paragraph", 2)]


def test_size_and_weight_part_headings_from_text() -> None:
    rows = [line("A title", 100, size=14), line("A section", 118, emphasis=2), line(FULL, 130)]
    assert made(*rows) == [("paragraph", 1)] * 3


def test_bold_line_that_had_room_left_is_one_by_itself() -> None:
    rows = [
        line("First heading", 100, emphasis=2),
        line("Second heading", 112, emphasis=2),
        line(FULL, 124),
    ]
    assert made(*rows) == [("paragraph", 1)] * 3


def test_list_item_takes_its_hanging_lines() -> None:
    rows = [line("• " + FULL, 100), line(FULL, 112, x=60), line("• next", 124)]
    assert made(*rows) == [("list_item", 2), ("list_item", 1)]


def test_caption_is_named() -> None:
    assert made(line("Figure 3: The harvest", 100)) == [("caption", 1)]
    assert paragraphs([]) == []
