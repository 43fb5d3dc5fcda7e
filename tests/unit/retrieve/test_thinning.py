"""Passages that repeat another are left out."""

from on_prem_rag.retrieve.passage import Passage
from on_prem_rag.retrieve.thinning import without_repeats


def passage(text: str) -> Passage:
    names = ("c", "d", "v", "name.txt", "title", "text/plain")
    return Passage((text,), *names, (), text, "text", None, None, (), 0.5)


LONG = "the board has decided that all travel above the limit needs a second signature " * 2


def test_repeats_are_left_out() -> None:
    passages = [passage(LONG + "1"), passage(LONG + "1."), passage("something else")]
    assert without_repeats(passages, 5) == [passages[0], passages[2]]


def test_other_numbers_make_another_passage() -> None:
    passages = [passage(LONG + "in 2021"), passage(LONG + "in 2022")]
    assert without_repeats(passages, 5) == passages


def test_the_limit_counts_what_is_kept() -> None:
    passages = [passage("one"), passage("one"), passage("two"), passage("three")]
    assert without_repeats(passages, 2) == [passages[0], passages[2]]
