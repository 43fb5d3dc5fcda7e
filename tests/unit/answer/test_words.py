from __future__ import annotations

import pytest

from on_prem_rag.answer.words import content_words, numbers, stem, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pumps", "pump"),
        ("delivered", "delivering"),
        ("policies", "policy's"),
        ("lasts", "lasting"),
    ],
)
def test_inflections_meet(one, other):
    assert content_words(one)[0][:5] == content_words(other)[0][:5]


def test_short_words_and_numbers_keep_their_end():
    assert [stem(word) for word in ("bus", "red", "2004")] == ["bus", "red", "2004"]


def test_function_words_of_several_languages_carry_nothing():
    assert content_words("What is the of der die das el la les 的") == ["的"]


def test_ideographs_become_pairs():
    assert tokens("通知期限") == ["通知", "知期", "期限"]


@pytest.mark.parametrize("written", ["1,250.50", "1 250.50", "1 250,50"])
def test_numbers_are_compared_without_grouping(written):
    assert numbers(f"It cost {written} euros.") == {"1250.50"}


def test_different_numbers_differ():
    assert numbers("14 and 15") == {"14", "15"}
    assert numbers("no number") == set()
