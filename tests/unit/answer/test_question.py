from __future__ import annotations

import pytest

from on_prem_rag.answer.question import holds_answer_to, read_question


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("How many people work in Graz?", "number"),
        ("Wie viele Tage Urlaub gibt es?", "number"),
        ("When was the plant opened?", "when"),
        ("In what year was it opened?", "when"),
        ("Wann wurde es eröffnet?", "when"),
        ("Who signed the contract?", "who"),
        ("¿Quién firmó el contrato?", "who"),
        ("Where is it built?", "where"),
        ("Which city is it built in?", "where"),
        ("Why is it late?", "why"),
        ("How is it made?", "how"),
        ("Which law says so?", "what"),
        ("List the rules.", "what"),
    ],
)
def test_the_kind_of_a_question(text, kind):
    assert read_question(text).kind == kind


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("Which law did they pass?", "law"),
        ("How many people are there?", "peopl"),
        ("What is the law?", None),
        ("Who signed it?", None),
    ],
)
def test_the_noun_asked_about(text, head):
    assert read_question(text).head == head


@pytest.mark.parametrize(
    ("question", "sentence", "holds"),
    [
        ("How many people work here?", "It employs 240 people.", True),
        ("How many people work here?", "It employs twelve people.", True),
        ("How many people work here?", "It employs people.", False),
        ("Who leads the Linz plant?", "It is led by Petra Wimmer.", True),
        ("Who leads the Linz plant?", "Everybody knows that in Linz.", False),
        ("Why is it so?", "Because of 12 reasons by Anna.", False),
    ],
)
def test_a_sentence_may_hold_what_is_asked_for(question, sentence, holds):
    assert holds_answer_to(read_question(question), sentence) is holds
