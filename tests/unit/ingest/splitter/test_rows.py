"""Tables as text."""

from __future__ import annotations

from on_prem_rag.ingest.parsed import Run, Text
from on_prem_rag.ingest.splitter.rows import narrow_rows, render_rows


def row(*cells: str) -> tuple[Text, ...]:
    return tuple(Text(cell) for cell in cells)


def words(text: str) -> int:
    return len(text.split())


def test_rows_become_lines_and_runs_move_along() -> None:
    rows = [
        (Text("a b", (Run(0, 3, 1, 7, 9),)), Text("")),
        (Text("c", (Run(0, 1, 2, 0, 1),)), Text("d\ne")),
    ]
    rendered = render_rows(rows)
    assert rendered.value == "| a b |  |\n| c | d e |"
    assert [rendered.value[run.start : run.end] for run in rendered.runs] == ["a b", "c"]
    assert [(run.page, run.first, run.last) for run in rendered.runs] == [(1, 7, 9), (2, 0, 1)]


def test_a_row_that_is_too_long_is_parted_by_columns_under_their_headers() -> None:
    header, body = row("A", "B", "C", "D"), row("a a", "b b", "c c", "d d")
    groups = list(narrow_rows([header], body, words, 12))
    assert [render_rows(group).value for group in groups] == [
        "| A | B |\n| a a | b b |",
        "| C | D |\n| c c | d d |",
    ]


def test_a_cell_that_is_too_long_is_cut_at_words_under_its_header() -> None:
    groups = list(narrow_rows([row("A")], row("a b c d e f g h"), words, 9))
    assert [render_rows(group).value for group in groups] == [
        "| A |\n| a b c d |",
        "| A |\n| e f g h |",
    ]


def test_a_header_that_fills_the_room_is_left_out() -> None:
    groups = list(narrow_rows([row("A " * 9)], row("a b c d"), words, 6))
    assert [render_rows(group).value for group in groups] == ["| a b c d |"]


def test_a_row_of_endless_columns_is_rendered_a_few_times_over_at_most() -> None:
    counted = 0

    def count(text: str) -> int:
        nonlocal counted
        counted += len(text)
        return len(text.split())

    row = tuple(Text("x") for _ in range(20_000))
    groups = list(narrow_rows([], row, count, 40))
    assert sum(len(group[0]) for group in groups) == len(row)
    assert counted <= 4 * len(render_rows([row]).value)
