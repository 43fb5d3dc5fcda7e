from __future__ import annotations

from tests.unit.ingest.layout.made import words

from on_prem_rag.ingest.layout.grid import take_grids
from on_prem_rag.ingest.layout.token import Draft, Rule, Segment, segment_of

XS, YS = (50.0, 150.0, 300.0), (100.0, 120.0, 160.0)
GRID = [Rule(XS[0], y, XS[-1], y) for y in YS] + [Rule(x, YS[0], x, YS[-1]) for x in XS]


def texts(table: Draft) -> list[list[str]]:
    return [[" ".join(token.text for token in cell) for cell in row] for row in table.rows]


def cells() -> list[Segment]:
    return [
        segment_of(words("Risk", 55, 104)),
        segment_of(words("Answer", 155, 104)),
        segment_of(words("Fire", 55, 124)),
        segment_of(words("call the brigade", 155, 124)),
        segment_of(words("and leave", 155, 136)),
    ]


def test_words_go_to_the_cell_they_stand_in() -> None:
    below = segment_of(words("after the table", 50, 200))
    carrier, last = take_grids([*cells(), below], GRID)
    assert carrier.table is not None
    assert texts(carrier.table) == [["Risk", "Answer"], ["Fire", "call the brigade and leave"]]
    assert carrier.table.header_rows == 1
    assert last is below


def test_frame_around_text_is_no_table() -> None:
    frame = [Rule(50, 100, 300, 100), Rule(50, 160, 300, 160)]
    frame += [Rule(50, 100, 50, 160), Rule(300, 100, 300, 160)]
    assert [segment.table for segment in take_grids(cells(), frame)] == [None] * 5


def test_lines_that_do_not_touch_are_no_grid() -> None:
    apart = [Rule(50, 100 + 30 * n, 300, 100 + 30 * n) for n in range(4)]
    apart += [Rule(400 + 30 * n, 300, 400 + 30 * n, 500) for n in range(4)]
    assert len(take_grids(cells(), apart)) == 5
