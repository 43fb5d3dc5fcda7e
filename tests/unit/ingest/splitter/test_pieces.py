"""Blocks taken apart into pieces."""

from __future__ import annotations

from on_prem_rag.ingest.parsed import Block, ParsedDocument, Text
from on_prem_rag.ingest.splitter.draft import Piece
from on_prem_rag.ingest.splitter.pieces import PieceReader, document_text


def words(text: str) -> int:
    return len(text.split())


def read(*blocks: Block, limit: int = 20) -> list[list[Piece]]:
    return list(PieceReader(words, limit).read(ParsedDocument("text/plain", blocks)))


def block(kind: str, text: str, level: int = 0) -> Block:
    return Block(kind, Text(text), level)  # type: ignore[arg-type]


def table(header_rows: int, *rows: tuple[str, ...]) -> Block:
    cells = tuple(tuple(Text(cell) for cell in row) for row in rows)
    return Block("table", rows=cells, header_rows=header_rows)


def test_a_paragraph_becomes_sentences_with_their_offsets() -> None:
    document = (block("paragraph", "One. Two."), block("paragraph", " Three. "))
    pieces = [piece for group in read(*document) for piece in group]
    text = document_text(ParsedDocument("text/plain", document))
    assert [piece.text for piece in pieces] == ["One.", "Two.", "Three."]
    assert all(text[p.start :].startswith(p.text) for p in pieces)


def test_headings_make_the_path() -> None:
    groups = read(
        block("heading", "A", 1),
        block("heading", "A  one", 2),
        block("paragraph", "Text."),
        block("heading", "B", 1),
        block("paragraph", "More."),
    )
    assert [group[0].path for group in groups] == [
        ("A",),
        ("A", "A one"),
        ("A", "A one"),
        ("B",),
        ("B",),
    ]
    assert [group[0].role for group in groups] == ["heading", "heading", "body", "heading", "body"]


def test_a_long_heading_is_text() -> None:
    ((piece,),) = read(block("heading", "far too long for any heading", 1))
    assert (piece.role, piece.path) == ("body", ())


def test_captions_and_colons_introduce() -> None:
    groups = read(block("caption", "Table 1"), block("paragraph", "The steps:"))
    assert [group[0].role for group in groups] == ["introduction", "introduction"]


def test_rows_carry_their_header() -> None:
    ((first, second),) = read(table(1, ("H", "I"), ("a", "b"), ("", ""), ("c", "d")))
    assert (first.text, second.text) == ("| a | b |", "| c | d |")
    assert [row.text for row in first.header] == ["| H | I |"]


def test_a_table_of_nothing_but_headers_keeps_its_last_row_as_content() -> None:
    ((piece,),) = read(table(2, ("H",), ("I",)))
    assert (piece.text, [row.text for row in piece.header]) == ("| I |", ["| H |"])


def test_an_endless_header_is_not_repeated() -> None:
    ((first, *_),) = read(table(3, ("H " * 5,), ("I " * 9,), ("J",), ("a",)))
    assert len(first.header) == 1


def test_code_is_cut_at_lines() -> None:
    ((first, second),) = read(block("code", "if a. b:\n    pass"))
    assert (first.text, second.gap + second.text) == ("if a. b:", "\n    pass")
