"""Boxes that are highlighted for a passage."""

from __future__ import annotations

from on_prem_rag.ingest.parsed import Block, Box, Page, ParsedDocument, Run, Text, Word
from on_prem_rag.ingest.splitter.boxes import chunk_boxes, line_boxes
from on_prem_rag.ingest.splitter.splitter import Splitter


def word(text: str, x0: float, y0: float, width: float = 20, rest: Box | None = None) -> Word:
    return Word(text, Box(x0, y0, x0 + width, y0 + 10), rest)


def test_words_of_a_line_share_a_box() -> None:
    words = [word("one", 10, 100), word("two", 33, 101), word("three", 10, 114)]
    assert line_boxes(words) == [Box(10, 100, 53, 111), Box(10, 114, 30, 124)]


def test_right_to_left_lines_are_joined_too() -> None:
    assert line_boxes([word("a", 60, 0), word("b", 37, 0)]) == [Box(37, 0, 80, 10)]


def test_a_gutter_parts_a_line() -> None:
    assert len(line_boxes([word("left", 10, 0), word("right", 300, 0)])) == 2


def test_both_halves_of_a_hyphenated_word_are_boxed() -> None:
    joined = word("information", 100, 0, rest=Box(10, 12, 40, 22))
    assert line_boxes([joined, word("is", 43, 12)]) == [Box(100, 0, 120, 10), Box(10, 12, 63, 22)]


def test_no_words_no_boxes() -> None:
    assert line_boxes([]) == []


def test_chunk_boxes_name_their_page() -> None:
    pages = (
        Page(1, 600, 800, (word("foot", 10, 790), word("alpha", 10.004, 0))),
        Page(2, 600, 800, (word("beta", 10, 50),)),
    )
    text = Text("alpha beta", (Run(0, 5, 1, 1, 2), Run(6, 10, 2, 0, 1)))
    document = ParsedDocument("application/pdf", (Block("paragraph", text, page=1),), pages)
    (draft,) = Splitter(len).split(document)
    assert chunk_boxes(document, draft) == [[1, 10.0, 0, 30.0, 10], [2, 10, 50, 30, 60]]
