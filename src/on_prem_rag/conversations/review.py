"""What administrators learn of answers that did not help, and no more than that.

Feedback was sent to administrators: its rating, reason and comment, and the question where its
asker chose to send that along. Documents an answer cites are named to an administrator who may
read every one of its sources; otherwise it looks like an answer that cites nothing. Of unanswered
questions there are counts only, by Collections the administrator may read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.models import Collection
from on_prem_rag.access.permissions import readable_collection_ids
from on_prem_rag.conversations.models import Evidence, Feedback, Message
from on_prem_rag.conversations.rights import withheld_answers
from on_prem_rag.conversations.statistics import day_of

ScopeKind = Literal["everything", "collection", "others"]


@dataclass(frozen=True, slots=True)
class FeedbackView:
    """One verdict; ``citations`` are passages that the reader may read."""

    feedback: Feedback
    mode: str | None
    citations: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class ScopeCount:
    """Unanswered questions put to one Collection, to all, or to those the reader may not read."""

    kind: ScopeKind
    id: str | None
    name: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Counts by day and by what was asked; a question put to two Collections counts for both."""

    days: dict[date, int]
    scopes: tuple[ScopeCount, ...]


def list_feedback(
    session: Session, caller: Caller, *, rating: int | None, offset: int, limit: int
) -> tuple[list[FeedbackView], int]:
    """A page of verdicts, the newest first, of one rating or of both, and how many there are."""
    wanted = Feedback.rating == rating if rating is not None else Feedback.id.is_not(None)
    rows = session.execute(
        select(Feedback, Message)
        .join(Message, Message.id == Feedback.message_id)
        .where(wanted)
        .order_by(Feedback.created_at.desc(), Feedback.id)
        .offset(offset)
        .limit(limit)
    ).all()
    cited = _citations(session, caller, [message for _, message in rows])
    views = [
        FeedbackView(feedback, message.details.get("mode"), cited.get(message.id, ()))
        for feedback, message in rows
    ]
    total = session.scalar(select(func.count()).select_from(Feedback).where(wanted)) or 0
    return views, total


def count_unanswered(
    session: Session, caller: Caller, since: datetime, zone: timedelta
) -> Unanswered:
    """Answers that found nothing, from ``since`` on; the most asked first."""
    question = aliased(Message)
    rows = session.execute(
        select(Message.created_at, question.filters)
        .join(question, question.id == Message.reply_to)
        .where(
            Message.created_at >= since,
            Message.role == "assistant",
            Message.status == "complete",
            Message.details["mode"].as_string() == "not_found",
        )
    ).all()
    readable = readable_collection_ids(session, caller)
    names = dict(
        session.execute(
            select(Collection.id, Collection.name).where(Collection.id.in_(readable))
        ).all()
    )
    counted: Counter[tuple[ScopeKind, str | None]] = Counter()
    for _, filters in rows:
        counted.update(_scopes((filters or {}).get("collection_ids"), names))
    return Unanswered(
        days=Counter(day_of(created_at, zone) for created_at, _ in rows),
        scopes=tuple(
            ScopeCount(kind, id_, names.get(id_ or ""), count)
            for (kind, id_), count in counted.most_common()
        ),
    )


def _scopes(
    collection_ids: list[str] | None, names: dict[str, str]
) -> set[tuple[ScopeKind, str | None]]:
    if not collection_ids:
        return {("everything", None)}
    return {("collection", id_) if id_ in names else ("others", None) for id_ in collection_ids}


def _citations(
    session: Session, caller: Caller, answers: list[Message]
) -> dict[str, tuple[dict[str, Any], ...]]:
    hidden = withheld_answers(session, caller, answers)
    shown = [a.id for a in answers if a.id not in hidden and not a.details.get("erased")]
    rows = session.scalars(
        select(Evidence)
        .where(Evidence.message_id.in_(shown), Evidence.cited.is_(True))
        .order_by(Evidence.marker)
    )
    found: dict[str, tuple[dict[str, Any], ...]] = {}
    for row in rows:
        cited = {
            "document_id": row.document_id,
            "version_id": row.version_id,
            "document_name": str(row.passage.get("document_name", "")),
            "page": row.passage.get("page_start"),
        }
        found[row.message_id] = (*found.get(row.message_id, ()), cited)
    return found
