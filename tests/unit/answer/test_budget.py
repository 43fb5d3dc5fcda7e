from __future__ import annotations

import pytest
from tests.answering import make_passage

from on_prem_rag.answer.budget import Fitter
from on_prem_rag.answer.events import NumberedPassage
from on_prem_rag.conversations.history import Turn
from on_prem_rag.errors import ContextOverflow
from on_prem_rag.llm.tokens import TokenEstimator

PASSAGES = [NumberedPassage(i, make_passage(f"{i} " + "word " * 200)) for i in range(1, 9)]
HISTORY = [Turn("user", "Earlier question?"), Turn("assistant", "Earlier answer. " * 30)] * 6


def fitter(num_ctx=2048, num_predict=256) -> Fitter:
    return Fitter(TokenEstimator(), num_ctx, num_predict)


def test_everything_is_sent_when_it_fits():
    plan = fitter(num_ctx=32768).fit("Why?", PASSAGES, HISTORY)
    assert (len(plan.sent), plan.dropped, plan.dropped_turns) == (8, (), 0)
    assert plan.budget().prompt_tokens == plan.estimated


def test_passages_go_from_the_last_on_and_the_answer_keeps_its_room():
    plan = fitter().fit("Why?", PASSAGES)
    assert [p.marker for p in (*plan.sent, *plan.dropped)] == list(range(1, 9))
    assert 0 < len(plan.sent) < 8
    assert plan.estimated + 256 <= 2048
    assert plan.budget().dropped_passages == len(plan.dropped)


def test_old_turns_go_first_and_take_a_quarter_at_most():
    plan = fitter(num_ctx=2048).fit("Why?", PASSAGES, HISTORY)
    assert 0 < len(plan.history) < len(HISTORY)
    assert plan.dropped_turns == len(HISTORY) - len(plan.history)
    assert plan.history[0].role == "user"
    assert len(plan.sent) >= 3


def test_the_first_passage_outweighs_the_history():
    plan = fitter(num_ctx=1100, num_predict=300).fit("Why?", PASSAGES[:1], HISTORY)
    assert len(plan.sent) == 1


def test_a_large_answer_leaves_half_of_the_context():
    plan = fitter(num_ctx=2048, num_predict=9000).fit("Why?", PASSAGES)
    assert plan.num_predict == 1024


def test_a_passage_less_when_the_model_counts_more():
    first = fitter().fit("Why?", PASSAGES)
    shorter = fitter().without_last(first)
    assert shorter.sent == first.sent[:-1]
    assert shorter.dropped == (first.sent[-1], *first.dropped)


def test_what_cannot_fit_is_said():
    with pytest.raises(ContextOverflow):
        fitter(num_ctx=512).fit("Why? " * 300, PASSAGES)
    with pytest.raises(ContextOverflow):
        fitter().without_last(fitter(num_ctx=1024).fit("Why?", PASSAGES[:1]))


def test_a_calibrated_estimate_changes_what_is_sent():
    estimator = TokenEstimator()
    before = len(Fitter(estimator, 2048, 256).fit("Why?", PASSAGES).sent)
    estimator.observe(100, 200)
    assert len(Fitter(estimator, 2048, 256).fit("Why?", PASSAGES).sent) < before
