from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from tests.answering import make_passage

from on_prem_rag.answer.events import (
    AnswerWarning,
    Budget,
    Citation,
    Done,
    Error,
    NumberedPassage,
    Passages,
    SentenceSupport,
    Status,
    Token,
)
from on_prem_rag.errors import ModelBusy

DATED = make_passage("Text.", document_date=datetime(2026, 1, 2, tzinfo=UTC))
EVENTS = [
    Status("queued", position=2),
    Passages((NumberedPassage(1, DATED),), (NumberedPassage(2, DATED),), "Why?"),
    Token("Because"),
    Citation(1, 7, "d", "doc.pdf", 3, ((3, 1.0, 2.0, 3.0, 4.0),)),
    AnswerWarning("code", "message"),
    Done(
        mode="generated",
        model="m",
        finish_reason="stop",
        confidence=0.5,
        support=(SentenceSupport(0, 7, True, 1.0, (1,)),),
        budget=Budget(8192, 1024, 100),
        timings={"total": 1.0},
    ),
    Error("code", "message", "hint"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_an_event_is_the_same_after_being_stored(event):
    data = event.to_dict()
    assert json.loads(json.dumps(data)) == data
    assert "type" not in data


def test_types_are_those_of_the_protocol():
    assert [event.type for event in EVENTS] == [
        "status",
        "passages",
        "token",
        "citation",
        "warning",
        "done",
        "error",
    ]


def test_a_passage_shows_where_it_stands():
    shown = EVENTS[1].to_dict()["passages"][0]
    assert shown["marker"] == 1
    assert shown["text"] == "Text."
    assert shown["boxes"] == [[1, 10.0, 20.0, 200.0, 30.0]]
    assert shown["document_date"] == "2026-01-02T00:00:00+00:00"


def test_an_error_tells_what_ours_tells():
    event = Error.of(ModelBusy("Full.", hint="Wait."))
    assert (event.code, event.message, event.hint) == ("model_busy", "Full.", "Wait.")
