from __future__ import annotations

from tests.answering import make_passage, text_of

from on_prem_rag.answer.draft import Draft
from on_prem_rag.answer.events import NumberedPassage

PASSAGES = [NumberedPassage(1, make_passage("One.", document="one.pdf"))]


def test_text_citations_and_warnings_come_as_they_are_decided():
    draft = Draft(PASSAGES)
    events = [*draft.feed("It is so ["), *draft.feed("1] and [7]."), *draft.flush()]
    assert [event.type for event in events] == ["token", "token", "citation", "warning"]
    assert draft.text == text_of(events) == "It is so [1] and."
    citation = events[2]
    assert (citation.marker, citation.offset, citation.document_id) == (1, 9, "one.pdf")
    assert [marker.offset for marker in draft.markers] == [9]


def test_an_empty_answer_has_no_events():
    draft = Draft(PASSAGES)
    assert draft.feed("") == draft.flush() == []
    assert draft.text == ""
