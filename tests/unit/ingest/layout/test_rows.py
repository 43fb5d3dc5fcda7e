from __future__ import annotations

import pytest
from tests.unit.ingest.layout.made import words

from on_prem_rag.ingest.layout.rows import join_amounts, rows_of, segments_of, without_leaders


def test_words_of_one_line_make_a_row_from_left_to_right() -> None:
    lower = words("second line", 10, 112)
    upper = words("first line", 10, 100)
    rows = rows_of([*lower, *reversed(upper)])
    assert [[token.text for token in row] for row in rows] == [
        ["first", "line"],
        ["second", "line"],
    ]


@pytest.mark.parametrize(
    ("row", "joined"),
    [
        ("$ 1,234", ["$1,234"]),
        ("( 12", ["(12"]),
        ("(1,000 )", ["(1,000)"]),
        ("12.5 %", ["12.5%"]),
        ("$ and", ["$", "and"]),
        ("word )", ["word", ")"]),
    ],
)
def test_signs_are_joined_to_amounts_only(row: str, joined: list[str]) -> None:
    assert [token.text for token in join_amounts(words(row, 10, 100))] == joined


def test_wide_gap_parts_segments_but_a_list_marker_stays_with_its_text() -> None:
    row = words("Net sales", 10, 100) + words("5", 300, 100)
    assert [segment.text for segment in segments_of(row)] == ["Net sales", "5"]
    item = words("(a)", 10, 100) + words("the text", 45, 100)
    assert [segment.text for segment in segments_of(item)] == ["(a) the text"]


def test_small_negative_amounts_beside_one_another_are_two_cells() -> None:
    row = words("Fees", 10, 100) + words("(397)", 100, 100) + words("(554)", 135, 100)
    assert [segment.text for segment in segments_of(row)] == ["Fees", "(397)", "(554)"]


def test_leaders_go_and_a_lone_full_stop_stays() -> None:
    kept, leaders = without_leaders(words("Assets . . . ..... 12", 10, 100))
    assert [token.text for token in kept] == ["Assets", "12"]
    assert len(leaders) == 4
    kept, leaders = without_leaders(words("the end .", 10, 100))
    assert (len(kept), leaders) == (3, [])
