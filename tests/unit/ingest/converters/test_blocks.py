"""Blocks are clean, and there are never more of them than allowed."""

import pytest

from on_prem_rag.errors import FileTooComplex
from on_prem_rag.ingest.converters.blocks import BlockWriter, clean_line, clean_lines
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.parsed import Block, Run, Text


def test_text_is_one_clean_line() -> None:
    assert clean_line(" a\u00a0b\n\tc\x00\x07\ufeff\ud800 ") == "a b c"


def test_code_keeps_its_lines() -> None:
    assert clean_lines("\nif x:\n\treturn 1  \n") == "if x:\n    return 1"


def test_empty_blocks_are_left_out() -> None:
    writer = BlockWriter(ConvertOptions())
    writer.heading(" ")
    writer.paragraph("")
    writer.table([["", " "], []])
    assert writer.blocks == []


def test_tables_are_rectangular() -> None:
    writer = BlockWriter(ConvertOptions())
    writer.table([["a", "b", ""], ["c"], [], ["", "d"]], header_rows=1)
    (table,) = writer.blocks
    assert [[cell.value for cell in row] for row in table.rows] == [
        ["a", "b"],
        ["c", ""],
        ["", "d"],
    ]
    assert table.header_rows == 1


def test_one_column_is_no_table() -> None:
    writer = BlockWriter(ConvertOptions())
    writer.table([["a"], ["b"]])
    assert [block.kind for block in writer.blocks] == ["paragraph", "paragraph"]


def test_the_only_row_is_no_header() -> None:
    writer = BlockWriter(ConvertOptions())
    writer.table([["a", "b"]])
    assert writer.blocks[0].header_rows == 0


def test_blocks_of_another_document_lose_their_pages() -> None:
    writer = BlockWriter(ConvertOptions())
    writer.extend([Block("paragraph", Text("a b", (Run(0, 3, 7, 0, 2),)), page=7)])
    assert writer.blocks == [Block("paragraph", Text("a b"))]


def test_more_text_than_allowed_is_refused() -> None:
    writer = BlockWriter(ConvertOptions(max_text_chars=10))
    writer.paragraph("12345")
    with pytest.raises(FileTooComplex, match="10 characters"):
        writer.table([["123", "456"]])


def test_a_warning_is_given_once() -> None:
    writer = BlockWriter(ConvertOptions())
    writer.warn("w")
    writer.warn("w")
    assert writer.document("text/plain", title=" ").warnings == ("w",)
    assert writer.document("text/plain", title=" ").title is None
