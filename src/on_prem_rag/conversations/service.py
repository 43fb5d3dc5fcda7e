"""What people do with their conversations; each sees only their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.conversations.history import Turn
from on_prem_rag.conversations.models import Conversation, Feedback


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A passage put into the answer's prompt; ``passage`` is as ``NumberedPassage.to_dict``."""

    marker: int
    cited: bool
    passage: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as its owner may see it now.

    ``withheld`` is None, ``withheld`` (the reader lost access to a source) or ``erased`` (a source
    was deleted): content, search_query, details and evidence are then empty.
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


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """One page of a person's conversations, the last used first; ``total`` counts all of them."""

    items: tuple[Conversation, ...]
    total: int = field(default=0)


class ConversationService:
    """Conversations, their messages and feedback. Every method takes a short unit of work."""

    def create(self, session: Session, caller: Caller, title: str = "") -> Conversation:
        """A new conversation; without a title it takes its first question's beginning."""
        raise NotImplementedError

    def list(
        self,
        session: Session,
        caller: Caller,
        *,
        search: str = "",
        limit: int = 50,
        offset: int = 0,
    ) -> ConversationPage:
        """The caller's conversations whose title contains ``search``, whatever the case."""
        raise NotImplementedError

    def get(self, session: Session, caller: Caller, conversation_id: str) -> Conversation:
        """One conversation. Raises ConversationNotFound."""
        raise NotImplementedError

    def messages(
        self, session: Session, caller: Caller, conversation_id: str
    ) -> tuple[MessageView, ...]:
        """All messages in order. Raises ConversationNotFound."""
        raise NotImplementedError

    def message(self, session: Session, caller: Caller, message_id: str) -> MessageView:
        """One message. Raises MessageNotFound."""
        raise NotImplementedError

    def rename(
        self, session: Session, caller: Caller, conversation_id: str, title: str
    ) -> Conversation:
        """Give a new title. Raises ConversationNotFound, InvalidInput."""
        raise NotImplementedError

    def delete(self, session: Session, caller: Caller, conversation_id: str) -> None:
        """Delete with all messages, events, evidence and feedback. Raises ConversationNotFound."""
        raise NotImplementedError

    def history(
        self, session: Session, caller: Caller, conversation_id: str, limit: int = 12
    ) -> tuple[Turn, ...]:
        """The last turns a follow-up may look back on, withheld and failed answers left out."""
        raise NotImplementedError

    def put_feedback(
        self,
        session: Session,
        caller: Caller,
        message_id: str,
        rating: int,
        reason: str = "",
        comment: str = "",
    ) -> Feedback:
        """Rate an answer 1 or -1, replacing an earlier rating. MessageNotFound, InvalidInput."""
        raise NotImplementedError

    def find_feedback(self, session: Session, caller: Caller, message_id: str) -> Feedback | None:
        """The caller's rating of an answer. Raises MessageNotFound."""
        raise NotImplementedError


def erase_document(session: Session, document_id: str) -> int:
    """Erase every text and event derived from a document that is being deleted.

    Called inside the deleting unit of work. Returns how many answers were erased.
    """
    raise NotImplementedError
