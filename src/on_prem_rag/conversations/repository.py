"""Queries over conversations, each bounded to what its caller may read, or to their own."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.conversations.models import Conversation, Evidence, Feedback, Message
from on_prem_rag.conversations.rights import readable_conversation
from on_prem_rag.errors import ConversationNotFound, Forbidden, MessageNotFound


class ConversationRepository:
    """What the conversations hold that one caller may read.

    Others are as if they did not exist. To change one is its owner's: ``get_own`` and
    ``own_message`` raise Forbidden for whoever it is only shared with.
    """

    def __init__(self, session: Session, caller: Caller) -> None:
        self._session = session
        self._caller = caller

    def get(self, conversation_id: str, *, lock: bool = False) -> Conversation:
        """One conversation; ``lock`` serialises those who add to it. ConversationNotFound."""
        statement = select(Conversation).where(
            Conversation.id == conversation_id, readable_conversation(self._caller)
        )
        found = self._session.scalar(statement.with_for_update() if lock else statement)
        if found is None:
            raise ConversationNotFound("There is no such conversation.")
        return found

    def get_own(self, conversation_id: str, *, lock: bool = False) -> Conversation:
        """One of the caller's own. Raises ConversationNotFound, Forbidden."""
        found = self.get(conversation_id, lock=lock)
        if found.owner_id != self._caller.id:
            raise Forbidden("Only its owner may change this conversation.")
        return found

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
        return self._message(message_id)[0]

    def own_message(self, message_id: str) -> Message:
        """A message of the caller's own conversations. Raises MessageNotFound, Forbidden."""
        message, owner_id = self._message(message_id)
        if owner_id != self._caller.id:
            raise Forbidden("Only its owner may change this conversation.")
        return message

    def _message(self, message_id: str) -> tuple[Message, str]:
        found = self._session.execute(
            select(Message, Conversation.owner_id)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(Message.id == message_id, readable_conversation(self._caller))
        ).one_or_none()
        if found is None:
            raise MessageNotFound("There is no such message.")
        return found[0], found[1]

    def owned(self, conversation_ids: Collection[str]) -> set[str]:
        """Those of the conversations that are the caller's own."""
        statement = select(Conversation.id).where(
            Conversation.id.in_(conversation_ids), Conversation.owner_id == self._caller.id
        )
        return set(self._session.scalars(statement))

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
