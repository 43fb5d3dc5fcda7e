"""Queries over conversations, each bounded to its caller's own."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.conversations.models import Conversation, Evidence, Feedback, Message
from on_prem_rag.errors import ConversationNotFound, MessageNotFound


class ConversationRepository:
    """What one caller's conversations hold. Another's are as if they did not exist."""

    def __init__(self, session: Session, caller: Caller) -> None:
        self._session = session
        self._caller = caller

    def get(self, conversation_id: str, *, lock: bool = False) -> Conversation:
        """One conversation; ``lock`` serialises those who add to it. ConversationNotFound."""
        statement = select(Conversation).where(
            Conversation.id == conversation_id, Conversation.owner_id == self._caller.id
        )
        found = self._session.scalar(statement.with_for_update() if lock else statement)
        if found is None:
            raise ConversationNotFound("There is no such conversation.")
        return found

    def page(self, search: str, limit: int, offset: int) -> tuple[list[Conversation], int]:
        """Conversations last used first, and how many there are."""
        mine = select(Conversation).where(Conversation.owner_id == self._caller.id)
        if search:
            # Compared here: SQLite knows the upper and lower case of ASCII letters only.
            wanted = search.casefold()
            rows = self._session.execute(
                mine.with_only_columns(Conversation.id, Conversation.title)
            )
            ids = [row.id for row in rows if wanted in row.title.casefold()]
            mine = mine.where(Conversation.id.in_(ids))
        total = self._session.scalar(select(func.count()).select_from(mine.subquery())) or 0
        ordered = mine.order_by(Conversation.updated_at.desc(), Conversation.id)
        return list(self._session.scalars(ordered.limit(limit).offset(offset))), total

    def messages(self, conversation_id: str, limit: int | None = None) -> list[Message]:
        """The last ``limit`` messages of a conversation (None: all), oldest first."""
        self.get(conversation_id)
        statement = (
            select(Message)
            .where(Message.conversation_id == conversation_id)
            .order_by(Message.ordinal.desc())
        )
        return list(self._session.scalars(statement.limit(limit)))[::-1]

    def message(self, message_id: str) -> Message:
        """One message. Raises MessageNotFound."""
        found = self._session.scalar(
            select(Message)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(Message.id == message_id, Conversation.owner_id == self._caller.id)
        )
        if found is None:
            raise MessageNotFound("There is no such message.")
        return found

    def evidence(self, message_ids: Sequence[str]) -> dict[str, list[Evidence]]:
        """The evidence of messages by message id, in the order of markers."""
        statement = (
            select(Evidence).where(Evidence.message_id.in_(message_ids)).order_by(Evidence.marker)
        )
        found: dict[str, list[Evidence]] = {}
        for row in self._session.scalars(statement):
            found.setdefault(row.message_id, []).append(row)
        return found

    def feedback(self, message_ids: Sequence[str]) -> dict[str, Feedback]:
        """The caller's ratings by message id."""
        statement = select(Feedback).where(
            Feedback.message_id.in_(message_ids), Feedback.user_id == self._caller.id
        )
        return {row.message_id: row for row in self._session.scalars(statement)}
