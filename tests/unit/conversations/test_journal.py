from __future__ import annotations

from datetime import timedelta

import pytest
from tests.answering import ANNA, BEN

from on_prem_rag.access.models import Grant
from on_prem_rag.conversations.journal import (
    LEASE,
    StoredEvent,
    cancelled,
    interrupt_expired,
    read_events,
    request_cancel,
)
from on_prem_rag.conversations.models import Message
from on_prem_rag.db.base import utc_now
from on_prem_rag.errors import Conflict, ConversationNotFound, MessageNotFound


def events_after(talk, answer_id: str, after: int = 0, limit: int = 100) -> list[StoredEvent]:
    with talk.database.read() as session:
        return read_events(session, answer_id, after, limit)


def test_questions_and_answers_are_numbered_and_tied(talk):
    talk.answered()
    question_id, answer_id = talk.ask("And?")
    question, answer = talk.views()[2:]
    assert (question.id, answer.id) == (question_id, answer_id)
    assert (question.ordinal, answer.ordinal, answer.reply_to) == (3, 4, question_id)
    assert (question.status, answer.status) == ("complete", "pending")


def test_a_second_question_waits_for_the_first_answer(talk):
    answer_id = talk.ask()[1]
    with pytest.raises(Conflict):
        talk.ask()
    talk.write(answer_id)
    talk.ask()


def test_a_dead_answer_does_not_block_its_conversation(talk):
    answer_id = talk.ask()[1]
    with talk.database.write() as session:
        session.get(Message, answer_id).lease_expires_at = utc_now() - timedelta(seconds=1)
    assert talk.views()[-1].status == "interrupted"
    talk.ask()


def test_nobody_asks_in_anothers_conversation(talk):
    foreign = talk.start(BEN)
    with pytest.raises(ConversationNotFound):
        talk.ask(conversation=foreign)


def test_tokens_are_taken_apart_again_from_any_number_on(talk):
    answer_id = talk.ask()[1]
    rows = [
        StoredEvent(1, "status", {"stage": "searching"}),
        StoredEvent(4, "token", {"pieces": ["a", "b", "c"]}),
        StoredEvent(5, "done", {}),
    ]
    talk.write(answer_id, events=rows)
    whole = [
        StoredEvent(1, "status", {"stage": "searching"}),
        StoredEvent(2, "token", {"text": "a"}),
        StoredEvent(3, "token", {"text": "b"}),
        StoredEvent(4, "token", {"text": "c"}),
        StoredEvent(5, "done", {}),
    ]
    assert [events_after(talk, answer_id, n) for n in range(6)] == [whole[n:] for n in range(6)]


def test_only_the_holder_of_the_lease_writes(talk):
    answer_id = talk.ask()[1]
    with talk.database.write() as session:
        session.get(Message, answer_id).lease_owner = "another"
    assert talk.write(answer_id) == {answer_id}
    assert talk.views()[-1].content == ""
    assert events_after(talk, answer_id) == []


def test_a_finished_answer_is_not_written_again(talk):
    answer_id = talk.answered()
    assert talk.write(answer_id, content="Other.") == {answer_id}
    assert talk.views()[-1].content == "Because [1]."


def test_an_unknown_answer_is_lost(talk):
    assert talk.write("none") == {"none"}


def test_writing_renews_the_lease(talk):
    answer_id = talk.ask()[1]
    soon = utc_now() + timedelta(seconds=1)
    with talk.database.write() as session:
        session.get(Message, answer_id).lease_expires_at = soon
    talk.write(answer_id, status="streaming", finished=False)
    with talk.database.read() as session:
        assert session.get(Message, answer_id).lease_expires_at > utc_now() + LEASE / 2


def test_evidence_is_replaced_not_added(talk):
    answer_id = talk.ask()[1]
    talk.write(answer_id, status="streaming", finished=False, events=())
    talk.write(answer_id, events=())
    assert [(row.marker, row.cited) for row in talk.views()[-1].evidence] == [(1, True)]


def test_nothing_is_stored_once_a_source_is_lost(talk):
    answer_id = talk.ask()[1]
    with talk.database.write() as session:
        session.query(Grant).delete()
    assert talk.write(answer_id) == {answer_id}
    assert talk.views()[-1].status == "failed"
    assert events_after(talk, answer_id) == []


def test_cancelling_is_seen_by_the_writer(talk):
    answer_id = talk.ask()[1]
    with talk.database.write() as session:
        assert cancelled(session, [answer_id]) == set()
        with pytest.raises(MessageNotFound):
            request_cancel(session, BEN, answer_id)
        request_cancel(session, ANNA, answer_id)
    with talk.database.read() as session:
        assert cancelled(session, [answer_id, "gone"]) == {answer_id, "gone"}


def test_only_expired_answers_are_marked_interrupted(talk):
    done = talk.answered()
    running = talk.ask()[1]
    with talk.database.write() as session:
        assert interrupt_expired(session) == 0
        assert interrupt_expired(session, utc_now() + 2 * LEASE) == 1
    with talk.database.read() as session:
        assert session.get(Message, done).status == "complete"
        assert session.get(Message, running).status == "interrupted"
        assert session.get(Message, running).lease_owner is None
