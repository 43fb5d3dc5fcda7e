from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from on_prem_rag.answer.citations import CitationParser


def parse(pieces, valid=(1, 2, 3)):
    """The clean text, its markers and what was taken out; every offset is checked."""
    parser = CitationParser(valid)
    parsed = [parser.feed(piece) for piece in pieces] + [parser.flush()]
    text = "".join(one.text for one in parsed)
    markers = [marker for one in parsed for marker in one.markers]
    assert all(text[m.offset :].startswith(f"[{m.number}]") for m in markers)
    return text, [m.number for m in markers], [n for one in parsed for n in one.rejected]


@pytest.mark.parametrize(
    ("given_text", "text", "markers", "rejected"),
    [
        ("It is so [1].", "It is so [1].", [1], []),
        ("It is so [1, 2].", "It is so [1][2].", [1, 2], []),
        ("It is so [1][2].", "It is so [1][2].", [1, 2], []),
        ("It is so [1-3].", "It is so [1][2][3].", [1, 2, 3], []),
        ("是的【1】。", "是的[1]。", [1], []),
        ("是的［１］。", "是的[1]。", [1], []),
        ("是的【1，2】。", "是的[1][2]。", [1, 2], []),
        ("It is so [Passage 2].", "It is so [2].", [2], []),
        ("It is so [9].", "It is so.", [], [9]),
        ("It is so [1, 9].", "It is so [1].", [1], [9]),
        ("A list [a] and [note 4] and [ ] stay.", "A list [a] and [note 4] and [ ] stay.", [], []),
        ("An open end [1", "An open end [1", [], []),
        ("An open end [", "An open end [", [], []),
        ("A space at the end ", "A space at the end ", [], []),
    ],
)
def test_markers_are_read_checked_and_written_alike(given_text, text, markers, rejected):
    assert parse([given_text]) == (text, markers, rejected)


@given(
    text=st.text(alphabet="ab [],1239【】-p", max_size=40),
    cuts=st.lists(st.integers(0, 40), max_size=8),
)
def test_the_result_does_not_depend_on_where_the_stream_is_cut(text, cuts):
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[a:b] for a, b in itertools.pairwise(edges)]
    assert parse(pieces) == parse([text])


def test_text_that_cannot_become_a_marker_is_not_held_back():
    parser = CitationParser([1])
    assert parser.feed("Hello, world").text == "Hello, world"
    assert parser.feed(" [1").text == ""
    assert parser.feed("] next").text == " [1] next"
    assert parser.feed(" [" + "1, " * 30).text.startswith(" [1, ")
