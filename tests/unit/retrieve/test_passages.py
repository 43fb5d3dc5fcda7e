"""The text of joined neighbours."""

from on_prem_rag.documents.models import Chunk
from on_prem_rag.retrieve.passages import joined_text


def chunk(start: int, text: str) -> Chunk:
    return Chunk(text=text, char_start=start, char_end=start + len(text))


def test_what_two_neighbours_share_stands_once() -> None:
    whole = "One sentence. The shared sentence. Another one."
    chunks = [chunk(0, whole[:34]), chunk(14, whole[14:])]
    assert joined_text(chunks) == whole


def test_neighbours_that_share_nothing_stand_on_lines_of_their_own() -> None:
    assert joined_text([chunk(0, "one"), chunk(5, "two")]) == "one\ntwo"
    assert joined_text([chunk(0, "a | b"), chunk(3, "other words")]) == "a | b\nother words"
    assert joined_text([chunk(7, "alone")]) == "alone"
