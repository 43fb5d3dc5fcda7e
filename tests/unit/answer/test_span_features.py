from __future__ import annotations

from on_prem_rag.answer.question import read_question
from on_prem_rag.answer.span import span_tokens
from on_prem_rag.answer.span_features import features

SENTENCE = "The engine was invented by Thomas Newcomen around 1712."


def of(span: str, question: str) -> dict[str, float]:
    """Features of ``span`` in the sentence."""
    asked = read_question(question)
    tokens = span_tokens(SENTENCE, asked.stems)
    start = SENTENCE.index(span)
    first = next(i for i, token in enumerate(tokens) if token.start == start)
    end = next(i for i, token in enumerate(tokens) if token.end == start + len(span)) + 1
    return features(tokens, first, end, asked, dict.fromkeys(asked.stems, 1.0))


def test_shape_and_cue_go_with_the_kind_of_question():
    found = of("Thomas Newcomen", "Who invented the engine?")
    assert found["who.name"] == 1
    assert found["who.by_"] == 1
    assert "when.name" not in found


def test_cutting_a_name_apart_is_noticed():
    assert of("Newcomen", "Who invented it?")["splits_name_left"] == 1
    assert of("Thomas", "Who invented it?")["splits_name_right"] == 1
    assert of("Thomas Newcomen", "Who invented it?")["splits_name_right"] == 0


def test_words_of_the_question_count_as_asked_and_as_near():
    question = "Which engine did Newcomen invent?"
    assert of("engine", question)["asked_all"] == 1
    assert of("engine", question)["head_last"] == 1
    assert of("1712", question)["near"] > 0
    assert of("1712", question)["right"] == 0


def test_the_sign_after_a_span_is_told():
    assert of("1712", "When?")["after.end"] == 1
    assert of("engine", "What?")["before.determiner"] == 1
