from __future__ import annotations

from tests.unit.ingest.layout.made import words

from on_prem_rag.ingest.layout.tables import Row, column_intervals, find_tables, is_number, row_of
from on_prem_rag.ingest.layout.token import segment_of


def row(y: float, *cells: tuple[float, str]) -> Row:
    return row_of([segment_of(words(text, x, y)) for x, text in cells])


PROSE = "this is a line of running text that goes across the page from left to right"
STATEMENT = [
    row(100, (50, PROSE)),
    row(124, (300, "2022"), (400, "2021")),
    row(136, (50, "Net sales"), (300, "$1,234"), (400, "$999")),
    row(148, (50, "Operating expenses:")),
    row(160, (50, "Wages"), (300, "(12)"), (400, "—")),
    row(184, (50, PROSE)),
]


def test_statement_is_found_with_its_header_and_labels() -> None:
    assert find_tables(STATEMENT) == [(1, 5)]


def test_running_text_is_no_table() -> None:
    lines = [row(100 + 12 * n, (50, PROSE)) for n in range(6)]
    assert find_tables(lines) == []


def test_text_cells_that_align_are_a_table() -> None:
    rows = [
        row(100 + 12 * n, (50, "Jane Roe"), (150, "Director"), (250, "Board")) for n in range(4)
    ]
    assert find_tables(rows) == [(0, 4)]


def test_wide_gap_parts_tables() -> None:
    upper = [row(100 + 12 * n, (50, "a"), (300, "1")) for n in range(3)]
    lower = [row(300 + 12 * n, (50, "b"), (300, "2")) for n in range(3)]
    assert find_tables(upper + lower) == [(0, 3), (3, 6)]


def test_columns_are_cells_that_stand_under_one_another() -> None:
    assert len(column_intervals(STATEMENT[2:5:2])) == 3


def test_numbers() -> None:
    numbers = ["1,234", "$5.4", "(12)", "—", "$—", "12%", "N/A", "2021", "(0.1)%"]
    texts = ["Net sales", "Note", "July"]
    found = [is_number(segment_of(words(text, 0, 0))) for text in numbers + texts]
    assert found == [True] * len(numbers) + [False] * len(texts)
