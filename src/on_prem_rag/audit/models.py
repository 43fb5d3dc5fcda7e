"""Tables of the audit log: its events, and the two marks between which they lie."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from on_prem_rag.db.base import Base, UTCDateTime


class AuditEvent(Base):
    """One event; ``details`` is canonical JSON, ``hash`` covers every other column.

    Numbers have no gaps. On Postgres a trigger refuses to change or delete a row.
    """

    __tablename__ = "audit_events"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    time: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    actor_id: Mapped[str | None] = mapped_column(String(64), index=True)
    actor_name: Mapped[str | None] = mapped_column(String(128))
    address: Mapped[str | None] = mapped_column(String(64))
    request_id: Mapped[str | None] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(32))
    target_type: Mapped[str | None] = mapped_column(String(32))
    target_id: Mapped[str | None] = mapped_column(String(64), index=True)
    outcome: Mapped[str] = mapped_column(String(16))
    details: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditMark(Base):
    """A signed place in the chain, by its name.

    ``head`` is the last event and is locked by whoever appends; ``checkpoint`` is the last event
    that retention dropped. ``hash`` is that event's, ``mac`` signs name, number and hash.
    """

    __tablename__ = "audit_marks"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))
