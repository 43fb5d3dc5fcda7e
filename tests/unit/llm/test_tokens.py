from __future__ import annotations

import pytest

from on_prem_rag.llm.protocols import ChatMessage
from on_prem_rag.llm.tokens import TokenEstimator, estimate_tokens


def test_empty_and_additive_over_lines() -> None:
    assert estimate_tokens("") == 0
    assert estimate_tokens("one two\nthree") == 2 + 1 + estimate_tokens("three")


@pytest.mark.parametrize("text", ["2024-05-17", "1,234,567.89"])
def test_every_digit_counts(text: str) -> None:
    assert estimate_tokens(text) == len(text)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("data protection", 1 + 3),
        ("a  b\n\nc", 5),
        ("größer", 4),
        ("данные", 4),
        ("بيانات", 7),
        ("数据", 3),
        ("🙂", 4),
        ("§ 5", 2),
    ],
)
def test_what_a_script_costs(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@pytest.mark.parametrize("text", ["数据保护政策", "プライバシー", "🙂"])
def test_scripts_of_many_signs_cost_at_least_one_each(text: str) -> None:
    assert estimate_tokens(text) >= len(text)


def test_a_longer_prompt_raises_the_factor_at_once() -> None:
    estimator = TokenEstimator()
    estimated = estimator.estimate("word " * 100)
    estimator.observe(estimated, estimated * 2)
    assert estimator.estimate("word " * 100) >= estimated * 2


def test_shorter_prompts_lower_it_slowly_and_not_for_ever() -> None:
    estimator = TokenEstimator()
    estimator.observe(1000, 500)
    assert 0.9 < estimator.factor < 1.0
    for _ in range(500):
        estimator.observe(estimator.estimate("word " * 1000), 1)
    assert estimator.factor == pytest.approx(estimator.floor, abs=0.01)


@pytest.mark.parametrize(("estimated", "actual"), [(0, 5), (5, 0), (-1, 5)])
def test_unknown_counts_teach_nothing(estimated: int, actual: int) -> None:
    estimator = TokenEstimator()
    estimator.observe(estimated, actual)
    assert estimator.factor == 1.0


def test_it_settles_just_above_what_the_model_counts() -> None:
    estimator = TokenEstimator()
    true_ratio = 0.9
    for _ in range(200):
        estimated = estimator.estimate("word " * 1000)
        estimator.observe(estimated, int(1000 * true_ratio))
    assert 900 <= estimator.estimate("word " * 1000) <= 960


def test_messages_cost_more_than_their_text() -> None:
    estimator = TokenEstimator()
    messages = [ChatMessage("system", "Be brief."), ChatMessage("user", "Why?")]
    alone = sum(estimator.estimate(message.content) for message in messages)
    assert estimator.estimate_messages(messages) > alone
