from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from tests.answering import ANNA, BEN
from tests.unit.conversations.conftest import Talk

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.models import Collection, Grant
from on_prem_rag.conversations.models import Message
from on_prem_rag.conversations.review import ScopeCount, count_unanswered, list_feedback

ADMIN = Caller(id="root", username="root", role="admin")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def test_the_question_is_shown_only_when_it_was_sent_along(talk: Talk) -> None:
    answer = talk.answered("What does the secret project cost?")
    with talk.database.write() as session:
        talk.service.put_feedback(session, ANNA, answer, -1, reason="wrong", comment="No.")
        [view], total = list_feedback(session, ADMIN, rating=None, offset=0, limit=9)
        assert (view.feedback.comment, view.feedback.question, total) == ("No.", None, 1)
        talk.service.put_feedback(session, ANNA, answer, -1, with_question=True)
        [view], _ = list_feedback(session, ADMIN, rating=-1, offset=0, limit=9)
        assert view.feedback.question == "What does the secret project cost?"
        talk.service.put_feedback(session, ANNA, answer, 1)
        [view], _ = list_feedback(session, ADMIN, rating=None, offset=0, limit=9)
        assert view.feedback.question is None, "a later verdict takes it back"
        assert list_feedback(session, ADMIN, rating=-1, offset=0, limit=9) == ([], 0)


def test_citations_are_named_to_who_may_read_every_source(talk: Talk) -> None:
    answer = talk.answered()
    with talk.database.write() as session:
        talk.service.put_feedback(session, ANNA, answer, 1)
        [view], _ = list_feedback(session, ADMIN, rating=None, offset=0, limit=9)
        assert [cited["document_id"] for cited in view.citations] == ["doc"]
        session.execute(update(Grant).values(principal=BEN.id))
        [view], _ = list_feedback(session, ADMIN, rating=None, offset=0, limit=9)
        assert view.citations == ()


def test_unanswered_questions_are_counted_by_what_the_reader_may_read(talk: Talk) -> None:
    for ids in (None, ["shared"], ["shared", "hidden"]):
        question, answer = talk.ask("Where is the treasure?")
        talk.write(answer, details={"mode": "not_found"}, evidence=[], sources=[], cited=[])
        with talk.database.write() as session:
            row = session.get(Message, question)
            assert row is not None
            row.filters = {"collection_ids": ids}
    talk.answered()
    with talk.database.write() as session:
        session.add(Collection(id="hidden", name="The takeover", owner_id="someone"))
        session.flush()
        found = count_unanswered(session, ADMIN, LONG_AGO, timedelta())
        name = session.get(Collection, "shared").name  # type: ignore[union-attr]
    assert sum(found.days.values()) == 3
    assert set(found.scopes) == {
        ScopeCount("everything", None, None, 1),
        ScopeCount("collection", "shared", name, 2),
        ScopeCount("others", None, None, 1),
    }
