"""Numbers about questions and answers: counts and times, never a word of either."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from on_prem_rag.conversations.models import Feedback, Message


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds that half, and 19 of 20, of the answers took at most; None without any."""

    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class AnswerStatistics:
    """Questions by day, and how the whole answers among them ended."""

    questions: dict[date, int]
    answers: int
    unanswered: int
    extractive: int
    total: Latency
    first_token: Latency
    helpful: int
    unhelpful: int


def answer_statistics(session: Session, since: datetime, zone: timedelta) -> AnswerStatistics:
    """What happened from ``since`` on; days begin at midnight at an offset of ``zone`` to UTC."""
    details = Message.details
    rows = session.execute(
        select(
            Message.role,
            Message.created_at,
            details["mode"].as_string(),
            details["timings"]["total"].as_float(),
            details["timings"]["first_token"].as_float(),
        ).where(
            Message.created_at >= since,
            (Message.role == "user") | (Message.status == "complete"),
        )
    ).all()
    answers = [row for row in rows if row[0] == "assistant"]
    modes = Counter(row[2] for row in answers)
    ratings = dict(
        session.execute(
            select(Feedback.rating, func.count())
            .where(Feedback.created_at >= since)
            .group_by(Feedback.rating)
        ).all()
    )
    return AnswerStatistics(
        questions=Counter(day_of(row[1], zone) for row in rows if row[0] == "user"),
        answers=len(answers),
        unanswered=modes["not_found"],
        extractive=modes["extractive"],
        total=_latency([row[3] for row in answers if row[3] is not None]),
        first_token=_latency([row[4] for row in answers if row[4] is not None]),
        helpful=ratings.get(1, 0),
        unhelpful=ratings.get(-1, 0),
    )


def day_of(moment: datetime, zone: timedelta) -> date:
    """The day on which ``moment`` falls at this offset to UTC."""
    return (moment + zone).date()


def _latency(values: Sequence[float]) -> Latency:
    """By the nearest rank."""
    if not values:
        return Latency(None, None)
    ranked = sorted(values)
    p50, p95 = (ranked[max(0, -(-len(ranked) * share // 100) - 1)] for share in (50, 95))
    return Latency(p50, p95)
