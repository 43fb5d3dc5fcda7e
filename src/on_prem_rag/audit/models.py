"""Tables of the audit log, and of the receipts of deletions.

The log is its events and the two marks between which they lie. Receipt 1─* Erasure: where the
deleted bytes are gone. IndexPlace: the index slots that have to report.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from on_prem_rag.db.base import Base, UTCDateTime, new_id, utc_now


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


class Receipt(Base):
    """What a deletion took away, without a word of it: counts, random ids, and keyed hashes.

    ``change`` is the last entry of the change log that it made; None when no index is concerned.
    The columns from ``documents`` to ``conversations`` are UUIDs of 16 bytes each, one after the
    other; ``originals`` are keyed hashes of 32 bytes each. From ``backups_clear_at`` on no backup
    within retention can hold what was deleted.
    """

    __tablename__ = "receipts"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now, index=True)
    actor_id: Mapped[str | None] = mapped_column(String(64), index=True)
    actor_name: Mapped[str | None] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(32))
    target_id: Mapped[str] = mapped_column(String(64), index=True)
    change: Mapped[int | None]
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    documents: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    versions: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    chunks: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    conversations: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    originals: Mapped[bytes] = mapped_column(LargeBinary)
    backups_clear_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Erasure(Base):
    """That the bytes of a receipt have left one store; ``place`` says whose, if there are several.

    ``store`` is sql, originals, vectors or lexical.
    """

    __tablename__ = "erasures"

    receipt_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("receipts.id", ondelete="CASCADE"), primary_key=True
    )
    store: Mapped[str] = mapped_column(String(16), primary_key=True)
    place: Mapped[str] = mapped_column(String(36), primary_key=True)
    finished_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)


class IndexPlace(Base):
    """An index slot that projects this database; what was deleted up to ``first_change`` it never
    held. ``name`` is the host and the slot's number."""

    __tablename__ = "index_places"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    first_change: Mapped[int]
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)
