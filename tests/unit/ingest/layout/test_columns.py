from __future__ import annotations

from tests.unit.ingest.layout.made import words

from on_prem_rag.ingest.layout.columns import is_prose, reading_order
from on_prem_rag.ingest.layout.token import Segment, segment_of

LINE = "running text that fills a line here"


def prose(name: str, x: float, y: float) -> Segment:
    return segment_of(words(f"{name} {LINE}", x, y))


def names(regions: list[list[Segment]]) -> list[str]:
    return [segment.tokens[0].text for region in regions for segment in region]


def test_columns_are_read_between_lines_that_cross_them() -> None:
    title = segment_of(words("title " + LINE * 2, 50, 50))
    both = [
        prose(side + str(n), x, 100 + 12 * n)
        for n in range(5)
        for side, x in (("l", 50), ("r", 300))
    ]
    foot = segment_of(words("foot " + LINE * 2, 50, 200))
    order = names(reading_order([title, *both, foot]))
    assert order == ["title", *(f"l{n}" for n in range(5)), *(f"r{n}" for n in range(5)), "foot"]


def test_columns_whose_lines_do_not_align_are_still_two() -> None:
    left = [prose(f"l{n}", 50, 100 + 13 * n) for n in range(6)]
    right = [prose(f"r{n}", 300, 104 + 11 * n) for n in range(6)]
    mixed = sorted(left + right, key=lambda segment: segment.y0)
    assert names(reading_order(mixed)) == [f"l{n}" for n in range(6)] + [f"r{n}" for n in range(6)]


def test_hanging_quotation_mark_does_not_join_columns() -> None:
    left = [prose(f"l{n}", 50, 100 + 12 * n) for n in range(6)]
    right = [prose(f"r{n}", 296 if n == 3 else 300, 100 + 12 * n) for n in range(6)]
    mixed = sorted(left + right, key=lambda segment: segment.y0)
    assert names(reading_order(mixed))[:6] == [f"l{n}" for n in range(6)]


def test_table_rows_are_not_cut_into_columns() -> None:
    rows = []
    for n in range(8):
        rows += [segment_of(words(f"label{n} of a kind", 50, 100 + 12 * n))]
        rows += [segment_of(words("1,234", 350, 100 + 12 * n))]
    assert len(reading_order(rows)) == 1


def test_numbers_are_not_prose() -> None:
    assert is_prose(prose("a", 50, 100))
    assert not is_prose(segment_of(words("1,234 5,678 9,012 3,456", 50, 100)))
