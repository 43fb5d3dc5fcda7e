from __future__ import annotations

import pytest
from tests.answering import ANNA, BEN

from on_prem_rag.conversations.history import Turn
from on_prem_rag.errors import ConversationNotFound, InvalidInput, MessageNotFound


def test_a_conversation_takes_its_first_question_as_title(talk):
    talk.ask("  How long is\nthe notice period? ")
    with talk.database.read() as session:
        found = talk.service.get(session, ANNA, talk.conversation_id)
    assert found.title == "How long is the notice period?"


def test_each_sees_only_their_own(talk):
    question_id, answer_id = talk.ask()
    with talk.database.write() as session:
        for call in (talk.service.get, talk.service.messages, talk.service.delete):
            with pytest.raises(ConversationNotFound):
                call(session, BEN, talk.conversation_id)
        with pytest.raises(ConversationNotFound):
            talk.service.update(session, BEN, talk.conversation_id, title="Mine")
        with pytest.raises(ConversationNotFound):
            talk.service.history(session, BEN, talk.conversation_id)
        for message_id in (question_id, answer_id, "none"):
            with pytest.raises(MessageNotFound):
                talk.service.message(session, BEN, message_id)
            with pytest.raises(MessageNotFound):
                talk.service.put_feedback(session, BEN, message_id, 1)


def test_only_what_is_given_changes(talk):
    with talk.database.write() as session:
        talk.service.update(session, ANNA, talk.conversation_id, title="  New  title ")
        talk.service.update(session, ANNA, talk.conversation_id, pinned=True, folder=" Leases ")
    with talk.database.write() as session:
        talk.service.update(session, ANNA, talk.conversation_id, archived=True)
    with talk.database.write() as session:
        found = talk.service.get(session, ANNA, talk.conversation_id)
        assert (found.title, found.folder) == ("New title", "Leases")
        assert (found.pinned, found.archived) == (True, True)
        emptied = talk.service.update(session, ANNA, talk.conversation_id, folder="")
        assert emptied.folder == ""
        for changes in ({"title": ""}, {"title": "x" * 201}, {"folder": " "}, {"folder": "x" * 81}):
            with pytest.raises(InvalidInput):
                talk.service.update(session, ANNA, talk.conversation_id, **changes)


def test_deleting_takes_everything_along(talk):
    answer_id = talk.answered()
    with talk.database.write() as session:
        talk.service.put_feedback(session, ANNA, answer_id, 1)
        talk.service.delete(session, ANNA, talk.conversation_id)
    with talk.database.read() as session, pytest.raises(MessageNotFound):
        talk.service.message(session, ANNA, answer_id)


def test_history_holds_questions_and_whole_answers_with_their_sources(talk):
    talk.answered("First?")
    partial = talk.ask("Second?")[1]
    talk.write(partial, status="partial")
    talk.ask("Third?")
    with talk.database.read() as session:
        turns = talk.service.history(session, ANNA, talk.conversation_id)
        last = talk.service.history(session, ANNA, talk.conversation_id, limit=2)
    assert [(t.role, t.content, t.sources) for t in turns] == [
        ("user", "First?", ()),
        ("assistant", "Because [1].", ("Handbook",)),
        ("user", "Second?", ()),
        ("user", "Third?", ()),
    ]
    assert all(isinstance(turn, Turn) and turn.message_id for turn in turns)
    assert [turn.content for turn in last] == ["Third?"]


def test_feedback_is_given_read_and_replaced(talk):
    answer_id = talk.answered()
    with talk.database.write() as session:
        assert talk.service.find_feedback(session, ANNA, answer_id) is None
        talk.service.put_feedback(session, ANNA, answer_id, 1, reason="helpful")
        talk.service.put_feedback(session, ANNA, answer_id, -1, reason="wrong", comment="No.")
    with talk.database.read() as session:
        found = talk.service.find_feedback(session, ANNA, answer_id)
    assert (found.rating, found.reason, found.comment) == (-1, "wrong", "No.")
    assert [view.rating for view in talk.views()] == [None, -1]


@pytest.mark.parametrize("rating", [0, 2, -5])
def test_other_ratings_are_refused(talk, rating):
    answer_id = talk.answered()
    with talk.database.write() as session, pytest.raises(InvalidInput):
        talk.service.put_feedback(session, ANNA, answer_id, rating)


def test_only_answers_are_rated(talk):
    question_id, _ = talk.ask()
    with talk.database.write() as session, pytest.raises(InvalidInput):
        talk.service.put_feedback(session, ANNA, question_id, 1)
