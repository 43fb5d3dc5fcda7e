"""Tables of conversations: shares, messages, an answer's events and evidence, feedback."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from on_prem_rag.access.models import Group
from on_prem_rag.auth.models import User
from on_prem_rag.db.base import Base, UTCDateTime, new_id, utc_now


class Conversation(Base):
    """A person's thread of questions and answers.

    ``pinned``, ``archived`` and ``folder`` (a plain name, empty for none) are how its owner keeps
    it. ``forked_from`` is the conversation whose beginning it was copied from; ``edited`` says that
    a question was asked anew there, with other words.
    """

    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    owner_id: Mapped[str] = mapped_column(String(36), index=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    pinned: Mapped[bool] = mapped_column(default=False)
    archived: Mapped[bool] = mapped_column(default=False)
    folder: Mapped[str] = mapped_column(String(80), default="")
    forked_from: Mapped[str | None] = mapped_column(String(36), index=True)
    edited: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)


class ConversationShare(Base):
    """That a user, a group, or with neither everyone may read a conversation besides its owner."""

    __tablename__ = "conversation_shares"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[str | None] = mapped_column(
        String(36), ForeignKey(User.id, ondelete="CASCADE"), index=True
    )
    group_id: Mapped[str | None] = mapped_column(
        String(36), ForeignKey(Group.id, ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)


class Message(Base):
    """A question (role user) or an answer (role assistant).

    ``status`` of an answer: pending, streaming, complete, partial, cancelled, interrupted, failed.
    Only ``complete`` is a whole answer. ``search_query`` is the self-contained form of the question
    that was searched. ``lease_owner`` and ``lease_expires_at`` say which process writes the answer;
    past the lease it reads as interrupted. ``details`` holds mode (generated or extractive), model,
    verdict, budget, timings and the support of each sentence.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_conversation_created", "conversation_id", "created_at"),
        Index("ix_messages_created_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("conversations.id", ondelete="CASCADE")
    )
    ordinal: Mapped[int]
    reply_to: Mapped[str | None] = mapped_column(String(36))
    role: Mapped[str] = mapped_column(String(16))
    content: Mapped[str] = mapped_column(Text, default="")
    search_query: Mapped[str | None] = mapped_column(Text)
    filters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    status: Mapped[str] = mapped_column(String(16), default="complete")
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class AnswerEvent(Base):
    """One typed event of an answer's stream, replayed from any number on."""

    __tablename__ = "answer_events"

    message_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(String(16))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class Evidence(Base):
    """A passage put into an answer's prompt, as it was then; ``marker`` is its number in the text.

    An answer depends on every row here, cited or not: a reader who may no longer read one of them
    sees the answer withheld. The chunk may vanish; page, text and boxes stay with the answer.
    """

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("message_id", "marker"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    message_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("messages.id", ondelete="CASCADE")
    )
    marker: Mapped[int]
    collection_id: Mapped[str] = mapped_column(String(36), index=True)
    document_id: Mapped[str] = mapped_column(String(36), index=True)
    version_id: Mapped[str] = mapped_column(String(36))
    cited: Mapped[bool] = mapped_column(default=False)
    passage: Mapped[dict[str, Any]] = mapped_column(JSON)


class Feedback(Base):
    """A person's verdict on an answer: rating is 1 or -1.

    ``question`` is there only where they chose to send it along to administrators.
    """

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("message_id", "user_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    message_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("messages.id", ondelete="CASCADE")
    )
    user_id: Mapped[str] = mapped_column(String(36), index=True)
    rating: Mapped[int]
    reason: Mapped[str] = mapped_column(String(64), default="")
    comment: Mapped[str] = mapped_column(Text, default="")
    question: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now, index=True)
