from __future__ import annotations

import pytest

from on_prem_rag.answer.rewrite import write_out
from on_prem_rag.conversations.history import Turn


def written(first: str, then: str, answer: str = "", sources: tuple[str, ...] = ()) -> str:
    return write_out(then, [Turn("user", first), Turn("assistant", answer, sources)])


@pytest.mark.parametrize(
    ("first", "then", "present", "absent"),
    [
        (
            "How long is the notice period in Germany?",
            "And in France?",
            ["notice", "France"],
            "Germany",
        ),
        ("What was the revenue in 2022?", "And in 2023?", ["revenue", "2023"], "2022"),
        ("What was the revenue of Acme?", "What about Globex?", ["revenue", "Globex"], "Acme"),
        (
            "How much does the X200 weigh?",
            "How long is its warranty?",
            ["X200", "warranty"],
            "much",
        ),
        ("How long is the notice period for staff?", "And for contractors?", ["notice"], "staff"),
    ],
)
def test_what_is_carried_over_and_what_is_replaced(first, then, present, absent):
    query = written(first, then)
    assert all(word in query for word in present)
    assert absent not in query.split()


def test_a_question_that_stands_alone_stays_as_it_is():
    alone = "How many characters must a password have?"
    assert written("Who leads the Linz plant?", alone) == alone


def test_a_person_is_taken_from_the_answer():
    query = written(
        "Who leads the Linz plant?", "What did she study?", "It is **Petra Wimmer** [1]."
    )
    assert query == "What did she study? Petra Wimmer"


def test_a_person_named_in_the_question_is_kept():
    query = written(
        "Where did Petra Wimmer study?", "When did she join?", "At Ada Lovelace College."
    )
    assert "Petra" in query
    assert "Wimmer" in query


def test_names_and_the_first_source_of_the_answer_help():
    query = written(
        "Which system keeps invoices?", "Who runs it?", "It is Archivio [1].", ("Handbook", "Other")
    )
    assert "Archivio" in query
    assert "Handbook" in query
    assert "Other" not in query


def test_a_topic_lives_on_over_several_turns():
    history = [
        Turn("user", "What is the flow rate of the X300?"),
        Turn("user", "How much does it weigh?"),
        Turn("user", "And in winter?"),
    ]
    assert "X300" in write_out("Why is that?", history)
