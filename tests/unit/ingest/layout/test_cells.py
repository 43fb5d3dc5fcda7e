from __future__ import annotations

from tests.unit.ingest.layout.test_tables import STATEMENT, row

from on_prem_rag.ingest.layout.cells import build_table
from on_prem_rag.ingest.layout.token import Draft


def texts(table: Draft) -> list[list[str]]:
    return [[" ".join(token.text for token in cell) for cell in cells] for cells in table.rows]


def test_cells_stand_in_their_columns() -> None:
    table = build_table(STATEMENT[1:5])
    assert texts(table) == [
        ["", "2022", "2021"],
        ["Net sales", "$1,234", "$999"],
        ["Operating expenses:", "", ""],
        ["Wages", "(12)", "—"],
    ]
    assert table.header_rows == 1


def test_header_lines_of_a_column_are_put_together() -> None:
    table = build_table(
        [
            row(100, (300, "Paid-in"), (400, "Total")),
            row(112, (300, "capital"), (400, "equity")),
            row(124, (50, "Balance"), (300, "12"), (400, "34")),
        ]
    )
    assert texts(table)[0] == ["", "Paid-in capital", "Total equity"]


def test_header_over_several_columns_is_a_row_of_its_own() -> None:
    table = build_table(
        [
            row(100, (290, "Years ended December 31, all")),
            row(112, (300, "2022"), (400, "2021")),
            row(124, (50, "Balance"), (300, "1,212"), (400, "3,434")),
        ]
    )
    assert table.header_rows == 2
    assert texts(table)[1] == ["", "2022", "2021"]


def test_label_that_runs_over_is_joined_with_its_numbers() -> None:
    table = build_table(
        [
            row(100, (50, "Purchases of short-term investments"), (300, "5"), (400, "6")),
            row(112, (50, "Treasury stock issued, net of cash")),
            row(124, (50, "proceeds"), (300, "12"), (400, "34")),
        ]
    )
    assert texts(table)[1] == ["Treasury stock issued, net of cash proceeds", "12", "34"]
