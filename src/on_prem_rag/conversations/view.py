"""Messages as their owner, or whoever they are shared with, may see them now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.conversations.models import Evidence, Message
from on_prem_rag.conversations.repository import ConversationRepository
from on_prem_rag.conversations.rights import withheld_answers
from on_prem_rag.db.base import utc_now

RUNNING = ("pending", "streaming")


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A passage of the answer's prompt as it was then; ``dropped`` ones were shown but not sent."""

    marker: int
    cited: bool
    dropped: bool
    passage: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as its reader may see it now.

    ``withheld`` is None, ``withheld`` (the reader may not read a source) or, for the owner alone,
    ``erased`` (a source was deleted): content, search_query, details and evidence are then empty.
    ``filters`` are the owner's alone, as they name what others may not know of. ``rating`` is the
    reader's own.
    """

    id: str
    conversation_id: str
    ordinal: int
    reply_to: str | None
    role: str
    status: str
    content: str
    search_query: str | None
    filters: dict[str, Any]
    details: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None
    withheld: str | None = None
    evidence: tuple[EvidenceView, ...] = ()
    rating: int | None = None


def present(
    session: Session, caller: Caller, messages: Sequence[Message]
) -> tuple[MessageView, ...]:
    """Views of messages the caller may open, with what they may not read left out."""
    if not messages:
        return ()
    repository = ConversationRepository(session, caller)
    ids = [message.id for message in messages]
    hidden = withheld_answers(session, caller, messages)
    evidence = repository.evidence([i for i in ids if i not in hidden])
    ratings = repository.feedback(ids)
    own = repository.owned({message.conversation_id for message in messages})
    views = []
    for message in messages:
        is_own = message.conversation_id in own
        reason = _withheld(message, hidden, is_own=is_own)
        rating = ratings.get(message.id)
        views.append(
            MessageView(
                id=message.id,
                conversation_id=message.conversation_id,
                ordinal=message.ordinal,
                reply_to=message.reply_to,
                role=message.role,
                status=current_status(message),
                content="" if reason else message.content,
                search_query=None if reason else message.search_query,
                filters=message.filters if is_own else {},
                details={} if reason else message.details,
                created_at=message.created_at,
                finished_at=message.finished_at,
                withheld=reason,
                evidence=() if reason else tuple(map(_view, evidence.get(message.id, ()))),
                rating=rating.rating if rating else None,
            )
        )
    return tuple(views)


def current_status(message: Message) -> str:
    """The stored status, or interrupted when the answer's writer let its lease run out."""
    expires = message.lease_expires_at
    if message.status in RUNNING and (expires is None or expires < utc_now()):
        return "interrupted"
    return message.status


def _withheld(message: Message, hidden: set[str], *, is_own: bool) -> str | None:
    if message.details.get("erased"):
        # Another reader may never have been allowed to know that the source existed.
        return "erased" if is_own else "withheld"
    return "withheld" if message.id in hidden else None


def _view(row: Evidence) -> EvidenceView:
    dropped = bool(row.passage.get("dropped", False))
    passage = {key: value for key, value in row.passage.items() if key != "dropped"}
    return EvidenceView(marker=row.marker, cited=row.cited, dropped=dropped, passage=passage)
