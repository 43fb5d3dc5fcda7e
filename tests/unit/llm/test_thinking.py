from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from on_prem_rag.errors import ModelFailed
from on_prem_rag.llm.thinking import ThinkingFilter


def _filtered(*parts: str) -> str:
    visible = ThinkingFilter()
    return "".join([*(visible.feed(part) for part in parts), visible.flush()])


CASES = [
    ("Ten.", "Ten."),
    ("  Ten.", "Ten."),
    ("<think>why</think>Ten.", "Ten."),
    ("<think></think>\n\nTen.", "Ten."),
    ("\n</think>\nTen.", "Ten."),
    ("Ten<think>a<think>b</think>!", "Ten!"),
    ("Ten <", "Ten <"),
    ("Ten </thin", "Ten </thin"),
    ("<think>never closed", ""),
    ("1 << 2 <thinker> </thinker>", "1 << 2 <thinker> </thinker>"),
]


@pytest.mark.parametrize(("content", "expected"), CASES)
def test_whole_and_letter_by_letter(content: str, expected: str) -> None:
    assert _filtered(content) == expected
    assert _filtered(*content) == expected


@given(
    pieces=st.lists(st.sampled_from(["<think>", "</think>", "<thi", "nk>", "</", "a", " ", "<"])),
    cuts=st.lists(st.integers(0, 60)),
)
def test_cuts_do_not_matter(pieces: list[str], cuts: list[int]) -> None:
    content = "".join(pieces)
    edges = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    parts = [content[a:b] for a, b in pairwise(edges)]
    try:
        expected = _filtered(content)
    except ModelFailed:
        with pytest.raises(ModelFailed):
            _filtered(*parts)
    else:
        assert _filtered(*parts) == expected


def test_ordinary_text_is_not_held_back() -> None:
    visible = ThinkingFilter()
    assert visible.feed("Ten ye") == "Ten ye"
    assert visible.feed("ars") == "ars"


def test_a_closing_tag_after_text_is_no_answer() -> None:
    with pytest.raises(ModelFailed, match="reasoning"):
        _filtered("They want a number.</think>Ten.")
