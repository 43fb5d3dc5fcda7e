"""Measures, by examples worked out by hand."""

import math

import pytest

from on_prem_rag.evaluate import metrics


def test_ndcg() -> None:
    assert metrics.ndcg(["a", "b"], {"a": 1}) == 1.0
    assert metrics.ndcg(["b", "a"], {"a": 1}) == pytest.approx(1 / math.log2(3))
    assert metrics.ndcg(["b", "a"], {"a": 2, "b": 1}) == pytest.approx(
        (1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3))
    )
    assert metrics.ndcg(["x"] * 10 + ["a"], {"a": 1}) == 0.0
    assert metrics.ndcg(["a"], {}) == 0.0


def test_recall_reciprocal_rank_and_hit() -> None:
    assert metrics.recall(["a", "x", "b"], {"a", "b"}, 2) == 0.5
    assert metrics.recall(["a"], set(), 5) == 0.0
    assert metrics.reciprocal_rank(["x", "a"], {"a"}) == 0.5
    assert metrics.reciprocal_rank(["x", "a"], {"a"}, k=1) == 0.0
    assert (metrics.hit(["x", "a"], {"a"}, 1), metrics.hit(["x", "a"], {"a"}, 2)) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("given", "accepted", "exact", "overlap"),
    [
        ("The Normans!", ["normans"], 1.0, 1.0),
        ("in 1066", ["1066"], 0.0, 2 / 3),
        ("", ["something"], 0.0, 0.0),
        ("seven", ["six", "the seven"], 1.0, 1.0),
        ("2002 年", ["2002年"], 1.0, 1.0),
        ("东京都", ["东京"], 0.0, 0.8),
        ("anything", [], 0.0, 0.0),
    ],
)
def test_short_answers(given: str, accepted: list[str], exact: float, overlap: float) -> None:
    assert metrics.exact_match(given, accepted) == exact
    assert metrics.f1(given, accepted) == pytest.approx(overlap)


def test_an_answer_is_shown_as_whole_words() -> None:
    texts = ["It rained in the Year 1943, they say."]
    assert metrics.contains_answer(texts, ["year 1943"]) == 1.0
    assert metrics.contains_answer(texts, ["rain"]) == 0.0
    assert metrics.contains_answer(texts, ["the", ""]) == 0.0
    assert metrics.contains_answer(["他于1943年去世。"], ["1943年"]) == 1.0


def test_auroc() -> None:
    assert metrics.auroc([0.9, 0.8], [0.1, 0.2]) == 1.0
    assert metrics.auroc([0.1], [0.9]) == 0.0
    assert metrics.auroc([0.5, 0.5], [0.5]) == 0.5
    assert metrics.auroc([0.9, 0.3], [0.5, 0.3]) == pytest.approx(0.625)
    assert math.isnan(metrics.auroc([], [0.5]))
