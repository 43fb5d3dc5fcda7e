"""Delimited files keep every value as it is."""

from pathlib import Path

import pytest

from on_prem_rag.ingest.converters.delimited import convert, find_delimiter
from on_prem_rag.ingest.converters.options import ConvertOptions


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b,c\n1,2,3\n", ","),
        ("a;b;c\n1,5;2,5;3\n", ";"),
        ("a\tb\n1, 2\t3\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("one column\n", ","),
    ],
)
def test_delimiter(text: str, delimiter: str) -> None:
    assert find_delimiter(text) == delimiter


def test_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('name;sum\n"Miller;Sons";=2+3\n"two\nlines";007\n'.encode("utf-16"))
    (table,) = convert(path, ConvertOptions()).blocks
    assert [[cell.value for cell in row] for row in table.rows] == [
        ["name", "sum"],
        ["Miller;Sons", "=2+3"],
        ["two lines", "007"],
    ]
    assert table.header_rows == 1
