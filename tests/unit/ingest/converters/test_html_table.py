"""Grids of HTML tables."""

from selectolax.lexbor import LexborHTMLParser

from on_prem_rag.ingest.converters.html_table import Rows, find_rows


def rows(markup: str) -> Rows | None:
    table = LexborHTMLParser(markup).css_first("table")
    assert table is not None
    return find_rows(table)


def test_spans() -> None:
    found = rows(
        "<table><tr><th rowspan=2>City<th colspan=2>Year</tr><tr><th>2023<th>2024</tr>"
        "<tr><td>Rome<td>1<td>2</tr></table>"
    )
    assert found == Rows(
        [["City", "Year", ""], ["City", "2023", "2024"], ["Rome", "1", "2"]], header_rows=2
    )


def test_columns_for_spacing_go() -> None:
    found = rows("<table><tr><td>a<td> <td>b</tr><tr><td>1<td><td>2</tr></table>")
    assert found is not None
    assert found.rows == [["a", "b"], ["1", "2"]]


def test_the_head_is_the_header() -> None:
    found = rows("<table><thead><tr><td>a<td>b</thead><tbody><tr><td>1<td>2</tbody></table>")
    assert found is not None
    assert found.header_rows == 1


def test_a_table_for_layout_is_none() -> None:
    assert rows("<table><tr><td><table><tr><td>x</table></table>") is None
    assert rows(f"<table><tr><td>a<td>{'word ' * 1000}</table>") is None


def test_a_wild_span_is_bounded() -> None:
    found = rows("<table><tr><td colspan=99999999>a<td rowspan=x>b</table>")
    assert found is not None
    assert found.rows == [["a", "b"]]
