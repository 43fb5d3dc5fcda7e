"""Tables of rights: Collections, which carry them, grants in them, groups of people, limits."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from on_prem_rag.auth.models import ApiKey, User
from on_prem_rag.db.base import Base, UTCDateTime, new_id, utc_now

Level = Literal["reader", "contributor", "manager"]
EVERYONE = "everyone"
"""The principal every signed-in person belongs to."""


class Collection(Base):
    """A set of documents with its own grants. A private one belongs to one person alone."""

    __tablename__ = "collections"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    owner_id: Mapped[str] = mapped_column(String(36), index=True)
    private: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)


class Grant(Base):
    """A right in a Collection. ``principal`` is a user's id, a group's id, or EVERYONE."""

    __tablename__ = "grants"
    __table_args__ = (UniqueConstraint("collection_id", "principal"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    collection_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("collections.id", ondelete="CASCADE")
    )
    principal: Mapped[str] = mapped_column(String(36), index=True)
    level: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)


class Group(Base):
    """People who hold rights together."""

    __tablename__ = "groups"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(128), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)


class GroupMember(Base):
    """That a user belongs to a group."""

    __tablename__ = "group_members"

    group_id: Mapped[str] = mapped_column(
        String(36), ForeignKey(Group.id, ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[str] = mapped_column(
        String(36), ForeignKey(User.id, ondelete="CASCADE"), primary_key=True, index=True
    )


class LimitSet(Base):
    """The limits of one user, one group or one API key, whichever id is there.

    None is not set, 0 is without limit.
    """

    __tablename__ = "limit_sets"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    user_id: Mapped[str | None] = mapped_column(
        String(36), ForeignKey(User.id, ondelete="CASCADE"), unique=True
    )
    group_id: Mapped[str | None] = mapped_column(
        String(36), ForeignKey(Group.id, ondelete="CASCADE"), unique=True
    )
    api_key_id: Mapped[str | None] = mapped_column(
        String(36), ForeignKey(ApiKey.id, ondelete="CASCADE"), unique=True
    )
    requests_per_minute: Mapped[int | None]
    queries_per_minute: Mapped[int | None]
    queries_per_day: Mapped[int | None]
    upload_bytes_per_day: Mapped[int | None] = mapped_column(BigInteger)
    storage_bytes: Mapped[int | None] = mapped_column(BigInteger)
