from __future__ import annotations

import pytest

from on_prem_rag.answer.reference import leaning
from on_prem_rag.conversations.history import Turn

HISTORY = [Turn("user", "Who leads the Linz plant?"), Turn("assistant", "Petra Wimmer [1].")]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When did she join?", "points_back"),
        ("How old is it?", "points_back"),
        ("Who approves that?", "points_back"),
        ("Wer hilft ihm dabei?", "points_back"),
        ("And in Graz?", "swaps"),
        ("What about Graz?", "swaps"),
        ("How about 2023?", "swaps"),
        ("Und in Graz?", "swaps"),
        ("¿Y en Graz?", "swaps"),
        ("In Graz?", "swaps"),
        ("Why?", "goes_on"),
        ("How much?", "goes_on"),
        ("And who pays for lunch?", "goes_on"),
        ("What is the deadline?", "goes_on"),
        ("Is there a canteen in the Graz plant?", "none"),
        ("Which products does the Graz plant make?", "none"),
        ("What is Archivio?", "none"),
        ("How long does parental leave last?", "none"),
        ("Is it possible to work from home on Fridays?", "none"),
        ("Wie lange dauert die Elternzeit?", "none"),
    ],
)
def test_how_a_question_leans(question, expected):
    assert leaning(question, HISTORY) == expected


@pytest.mark.parametrize("history", [[], [Turn("assistant", "Welcome.")]])
def test_a_first_question_leans_on_nothing(history):
    assert leaning("And it?", history) == "none"
