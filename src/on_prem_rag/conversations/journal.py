"""The SQL of answers being written: opened, appended to in batches, closed, replayed.

Only the holder of a message's lease writes to it. Token events are stored several to a row: the row
has the number of its last token and ``data["pieces"]`` holds them all, so a replay gives back the
very events, under the numbers, that were streamed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, delete, insert, or_, select
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.conversations.history import Turn
from on_prem_rag.conversations.models import AnswerEvent, Evidence, Message
from on_prem_rag.conversations.repository import ConversationRepository
from on_prem_rag.conversations.rights import Source, depends_on, lost_sources
from on_prem_rag.conversations.service import MAX_TITLE
from on_prem_rag.conversations.view import RUNNING, current_status
from on_prem_rag.db.base import Base, utc_now
from on_prem_rag.errors import AnswerUnfinished

LEASE = timedelta(seconds=15)
WITHHELD = {
    "code": "withheld",
    "message": "A source of this answer may no longer be shown.",
    "hint": "Ask again.",
}
"""How an answer ends whose reader lost a source before anything of it was stored."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it is replayed: ``number`` (from 1) is what Last-Event-ID carries."""

    number: int
    type: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewEvidence:
    """A passage about to be shown or sent, to be stored with its answer."""

    marker: int
    source: Source
    version_id: str
    passage: dict[str, Any]


@dataclass(slots=True)
class AnswerWrite:
    """What one answer has to store.

    ``evidence`` None leaves what is stored; ``sources``, where given, must still be readable.
    """

    message_id: str
    caller: Caller
    content: str
    status: str
    events: Sequence[StoredEvent] = ()
    search_query: str | None = None
    evidence: Sequence[NewEvidence] | None = None
    sources: Sequence[Source] = ()
    cited: Sequence[int] = ()
    details: dict[str, Any] = field(default_factory=dict)
    finished: bool = False


def open_answer(
    session: Session,
    caller: Caller,
    conversation_id: str,
    *,
    question_id: str,
    answer_id: str,
    question: str,
    filters: dict[str, Any],
    history: Sequence[Turn],
    owner: str,
) -> None:
    """Store a question and its pending answer, leased to ``owner``.

    Raises ConversationNotFound, Forbidden, and AnswerUnfinished while an earlier answer is being
    written.
    """
    conversation = ConversationRepository(session, caller).get_own(conversation_id, lock=True)
    rows = ConversationRepository(session, caller).messages(conversation_id)
    if any(current_status(row) in RUNNING for row in rows if row.role == "assistant"):
        raise AnswerUnfinished("The last answer in this conversation is still being written.")
    now = utc_now()
    ordinal = rows[-1].ordinal + 1 if rows else 1
    used = {turn.message_id for turn in history if turn.role == "assistant"}
    sources = {i for row in rows if row.id in used for i in (row.id, *depends_on(row))}
    session.add(
        Message(
            id=question_id,
            conversation_id=conversation_id,
            ordinal=ordinal,
            role="user",
            content=question,
            filters=filters,
            created_at=now,
            finished_at=now,
        )
    )
    session.add(
        Message(
            id=answer_id,
            conversation_id=conversation_id,
            ordinal=ordinal + 1,
            reply_to=question_id,
            role="assistant",
            filters=filters,
            status="pending",
            details={"depends_on": sorted(sources)},
            lease_owner=owner,
            lease_expires_at=now + LEASE,
            created_at=now,
        )
    )
    conversation.updated_at = now
    if not conversation.title:
        conversation.title = " ".join(question.split())[:MAX_TITLE]


def write_answers(session: Session, owner: str, writes: Sequence[AnswerWrite]) -> set[str]:
    """Store a batch and renew the leases; return the messages ``owner`` may no longer write.

    Those were erased, deleted, taken over, or their reader lost a source: nothing of them is kept.
    The statements are for the batch as a whole, however many answers are in it.
    """
    wanted = [write.message_id for write in writes]
    leased = select(Message).where(Message.id.in_(wanted), Message.lease_owner == owner)
    messages = {row.id: row for row in session.scalars(leased.with_for_update())}
    revoked = _revoked(session, writes)
    kept = []
    for write in writes:
        message = messages.get(write.message_id)
        if message is not None and write.message_id in revoked:
            message.details = {**message.details, "error": WITHHELD}
            _close(message, "failed")
        elif message is not None:
            _update(message, write)
            kept.append(write)
    _store(session, kept)
    return set(wanted) - {write.message_id for write in kept}


def _revoked(session: Session, writes: Sequence[AnswerWrite]) -> set[str]:
    """Messages one of whose sources their reader may not read any more."""
    sources: dict[Caller, set[Source]] = {}
    for write in writes:
        sources.setdefault(write.caller, set()).update(write.sources)
    lost = {
        caller: lost_sources(session, caller, named, lock=True) for caller, named in sources.items()
    }
    return {w.message_id for w in writes if not lost[w.caller].isdisjoint(w.sources)}


def _update(message: Message, write: AnswerWrite) -> None:
    message.content = write.content
    message.status = write.status
    if write.search_query is not None:
        message.search_query = write.search_query
    if write.details:
        message.details = {**message.details, **write.details}
    if write.finished:
        _close(message, write.status)
    else:
        message.lease_expires_at = utc_now() + LEASE


def _store(session: Session, writes: Sequence[AnswerWrite]) -> None:
    replaced = [write.message_id for write in writes if write.evidence is not None]
    if replaced:
        session.execute(delete(Evidence).where(Evidence.message_id.in_(replaced)))
    _insert(session, Evidence, [_evidence(w, row) for w in writes for row in w.evidence or ()])
    _insert(session, AnswerEvent, [_event(w, event) for w in writes for event in w.events])


def _insert(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Many rows in one statement: an object each would cost more than the database does."""
    if rows:
        session.execute(insert(cast(Table, table.__table__)), rows)


def _event(write: AnswerWrite, event: StoredEvent) -> dict[str, Any]:
    return {
        "message_id": write.message_id,
        "number": event.number,
        "type": event.type,
        "data": event.data,
    }


def _evidence(write: AnswerWrite, row: NewEvidence) -> dict[str, Any]:
    return {
        "message_id": write.message_id,
        "marker": row.marker,
        "collection_id": row.source[0],
        "document_id": row.source[1],
        "version_id": row.version_id,
        "cited": row.marker in write.cited,
        "passage": row.passage,
    }


def _close(message: Message, status: str) -> None:
    message.status = status
    message.lease_owner = None
    message.lease_expires_at = None
    message.finished_at = utc_now()


def cancelled(session: Session, message_ids: Sequence[str]) -> set[str]:
    """Those of the messages whose cancellation was asked for, or that are gone."""
    rows = session.execute(
        select(Message.id).where(Message.id.in_(message_ids), Message.cancel_requested.is_(False))
    )
    return set(message_ids) - {row.id for row in rows}


def interrupt_expired(session: Session, now: datetime | None = None) -> int:
    """Mark running answers whose lease ran out as interrupted; return how many."""
    moment = now or utc_now()
    expired = session.scalars(
        select(Message).where(
            Message.status.in_(RUNNING),
            or_(Message.lease_expires_at.is_(None), Message.lease_expires_at < moment),
        )
    ).all()
    for message in expired:
        _close(message, "interrupted")
    return len(expired)


def read_events(session: Session, message_id: str, after: int, limit: int) -> list[StoredEvent]:
    """Stored events with a number above ``after``, rows of tokens taken apart again."""
    rows = session.scalars(
        select(AnswerEvent)
        .where(AnswerEvent.message_id == message_id, AnswerEvent.number > after)
        .order_by(AnswerEvent.number)
        .limit(limit)
    )
    events: list[StoredEvent] = []
    for row in rows:
        pieces = row.data.get("pieces") if row.type == "token" else None
        if pieces is None:
            events.append(StoredEvent(row.number, row.type, row.data))
            continue
        first = row.number - len(pieces) + 1
        events += [StoredEvent(first + i, "token", {"text": p}) for i, p in enumerate(pieces)]
    return [event for event in events if event.number > after]


def request_cancel(session: Session, caller: Caller, message_id: str) -> None:
    """Ask whoever writes the answer to stop. Raises MessageNotFound, Forbidden."""
    ConversationRepository(session, caller).own_message(message_id).cancel_requested = True
