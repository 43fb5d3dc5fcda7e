from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from tests.answering import ANNA
from tests.unit.conversations.conftest import Talk

from on_prem_rag.conversations.models import Message
from on_prem_rag.conversations.statistics import answer_statistics, day_of

START = datetime(2030, 1, 1, tzinfo=UTC)


def test_a_day_begins_by_the_viewers_clock() -> None:
    late = datetime(2030, 1, 1, 23, 30, tzinfo=UTC)
    assert day_of(late, timedelta()) == date(2030, 1, 1)
    assert day_of(late, timedelta(hours=1)) == date(2030, 1, 2)


def test_counts_shares_and_latencies(talk: Talk) -> None:
    modes = ["generated"] * 17 + ["extractive"] * 2 + ["not_found"]
    for number, mode in enumerate(modes, start=1):
        question, answer = talk.ask()
        details = {"mode": mode, "timings": {"total": number * 100.0, "first_token": number * 10.0}}
        talk.write(answer, details=details)
        with talk.database.write() as session:
            for one in (question, answer):
                row = session.get(Message, one)
                assert row is not None
                row.created_at = START + timedelta(hours=number)
    _, stopped = talk.ask()
    talk.write(stopped, status="cancelled", details={"mode": "generated"})
    with talk.database.write() as session:
        talk.service.put_feedback(session, ANNA, answer, -1)
        found = answer_statistics(session, START + timedelta(hours=1), timedelta(hours=6))
        none = answer_statistics(session, datetime(2999, 1, 1, tzinfo=UTC), timedelta())
    assert (found.answers, found.extractive, found.unanswered) == (20, 2, 1)
    assert (found.total.p50, found.total.p95) == (1000, 1900)
    assert (found.first_token.p50, found.first_token.p95) == (100, 190)
    assert found.questions[date(2030, 1, 1)] == 17
    assert found.questions[date(2030, 1, 2)] == 3
    assert (none.answers, none.total.p50, none.questions) == (0, None, {})
