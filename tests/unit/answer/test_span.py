from __future__ import annotations

import pytest

from on_prem_rag.answer.span import LONGEST, candidate_spans, shape, span_tokens

SENTENCE = "Thomas Newcomen built it, around 1712, for the mine in Dudley."


def spans_of(sentence: str) -> set[str]:
    tokens = span_tokens(sentence, frozenset())
    return {
        sentence[tokens[first].start : tokens[end - 1].end]
        for first, end in candidate_spans(tokens)
    }


def test_spans_begin_and_end_with_words_that_carry_content():
    found = spans_of(SENTENCE)
    assert {"Thomas Newcomen", "1712", "Dudley", "mine in Dudley"} <= found
    assert not any(span.split()[0] in ("it", "for", "the", "in") for span in found)


def test_spans_do_not_cross_the_end_of_a_clause():
    assert not any("." in span[:-1] for span in spans_of("It rains. Nobody minds (much)."))
    assert all(len(span.split()) <= LONGEST for span in spans_of("word " * 30))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1712", "year"),
        ("around 1712", "in_year"),
        ("12 May 1990", "date"),
        ("48 litres", "number"),
        ("twelve people", "numeral"),
        ("Thomas Newcomen", "name"),
        ("the Newcomen engine", "mixed"),
        ("atmospheric engine", "plain"),
    ],
)
def test_shapes(text, expected):
    assert shape(span_tokens(text, frozenset())) == expected


def test_words_of_the_question_are_marked():
    tokens = span_tokens("Pumps deliver water.", frozenset({"pump"}))
    assert [token.asked for token in tokens] == [True, False, False, False]
