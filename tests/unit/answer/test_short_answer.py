from __future__ import annotations

import pytest

from on_prem_rag.answer.short_answer import SURE, best_span, rank_spans, short_answer

SENTENCES = [
    "The atmospheric engine was invented by Thomas Newcomen around 1712.",
    "It was used in the coal mine at Dudley and pumped 45 litres a minute.",
]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who invented the atmospheric engine?", "Thomas Newcomen"),
        ("In what year was the atmospheric engine invented?", "1712"),
        ("How many litres a minute did it pump?", "45"),
        ("Where was the coal mine?", "Dudley"),
    ],
)
def test_the_words_that_answer(question, answer):
    span = best_span(question, SENTENCES)
    assert span is not None
    assert answer in span.text
    assert SENTENCES[span.sentence][span.start : span.end] == span.text
    assert 0 < span.confidence <= 1


def test_a_short_answer_is_given_only_when_sure():
    assert short_answer("In what year was the engine invented?", SENTENCES) == "1712"
    vague = "Why does anybody do anything?"
    assert best_span(vague, SENTENCES).confidence < SURE
    assert short_answer(vague, SENTENCES) is None


def test_a_better_sentence_is_preferred():
    twice = ["It was opened in 1987.", "It was opened in 2004."]
    assert best_span("When was it opened?", twice, [1.0, 0.2]).text == "1987"
    assert best_span("When was it opened?", twice, [0.2, 1.0]).text == "2004"


@pytest.mark.parametrize("sentences", [[], [""], ["?"], ["of the and"]])
def test_nothing_to_offer(sentences):
    assert best_span("Who?", sentences) is None
    assert rank_spans("Who?", sentences) == []
