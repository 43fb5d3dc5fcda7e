"""Receipts: what a deletion took away, written in the unit of work that deletes.

A receipt lets anyone search later for what was deleted, and holds nothing of it: ids are random,
and an original's SHA-256, which whoever has the file could compute, is kept as a keyed hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from on_prem_rag.audit.log import Actor, text_hash
from on_prem_rag.audit.models import Receipt
from on_prem_rag.db.base import new_id, utc_now
from on_prem_rag.errors import ReceiptNotFound
from on_prem_rag.monitoring.request_context import current_request

ReceiptKind = Literal["document", "collection", "conversation", "person", "service_account"]
_HASH_BYTES = 32
_UUID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Retention:
    """How many daily, weekly and monthly backups are kept."""

    daily: int = 30
    weekly: int = 8
    monthly: int = 12

    def clear_from(self, moment: datetime) -> datetime:
        """The first midnight (UTC) from which no backup made before ``moment`` is kept.

        A month's backup goes when one of the month so many later is there, at the latest by that
        month's end; weeks likewise.
        """
        day = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
        months = moment.month + (self.monthly + 1 if self.monthly else 0)
        end_of_month = datetime(moment.year + (months - 1) // 12, (months - 1) % 12 + 1, 1)
        return max(
            day + timedelta(days=self.daily + 1),
            day + timedelta(weeks=self.weekly + 1 if self.weekly else 0),
            end_of_month.replace(tzinfo=UTC),
        )


@dataclass
class Removal:
    """What one deletion takes away, gathered while it does."""

    documents: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    chunks: list[str] = field(default_factory=list)
    conversations: list[str] = field(default_factory=list)
    originals: dict[str, int] = field(default_factory=dict)
    """Sizes by SHA-256 of the files that nothing needs any more."""
    pages: int = 0
    embeddings: int = 0
    messages: int = 0
    answers: int = 0
    """Stored answers that were erased, or went with their conversation."""
    change: int | None = None

    def counts(self) -> dict[str, int]:
        """How much of everything."""
        return {
            "documents": len(self.documents),
            "versions": len(self.versions),
            "pages": self.pages,
            "chunks": len(self.chunks),
            "embeddings": self.embeddings,
            "originals": len(self.originals),
            "original_bytes": sum(self.originals.values()),
            "conversations": len(self.conversations),
            "messages": self.messages,
            "answers": self.answers,
        }


class ReceiptBook:
    """Writes receipts; ``retention`` says when the last backup lets go."""

    def __init__(self, retention: Retention | None = None) -> None:
        self._retention = retention or Retention()

    def write(
        self,
        session: Session,
        kind: ReceiptKind,
        target_id: str,
        removal: Removal,
        *,
        actor: Actor | None = None,
        receipt_id: str | None = None,
    ) -> Receipt:
        """Add the receipt of a deletion to its unit of work.

        The actor is who makes the present request unless given.
        """
        request, now = current_request(), utc_now()
        hashes = [text_hash(session, sha256) for sha256 in sorted(removal.originals)]
        receipt = Receipt(
            id=receipt_id or new_id(),
            created_at=now,
            actor_id=actor.id if actor else request.actor_id,
            actor_name=actor.username if actor else request.actor_name,
            kind=kind,
            target_id=target_id,
            change=removal.change,
            counts=removal.counts(),
            documents=pack_ids(removal.documents),
            versions=pack_ids(removal.versions),
            chunks=pack_ids(removal.chunks),
            conversations=pack_ids(removal.conversations),
            originals=b"".join(bytes.fromhex(found) for found in hashes if found),
            backups_clear_at=self._retention.clear_from(now),
        )
        session.add(receipt)
        session.flush()
        return receipt


def get_receipt(session: Session, receipt_id: str, actor_id: str | None = None) -> Receipt:
    """One receipt, of this actor's deletions unless None. Raises ReceiptNotFound."""
    receipt = session.get(Receipt, receipt_id)
    if receipt is None or actor_id not in (None, receipt.actor_id):
        raise ReceiptNotFound("There is no such receipt.")
    return receipt


def list_receipts(
    session: Session, *, actor_id: str | None, limit: int, offset: int
) -> tuple[Sequence[Receipt], int]:
    """A page of receipts, newest first, and how many there are; of one actor unless None."""
    query = select(Receipt)
    if actor_id is not None:
        query = query.where(Receipt.actor_id == actor_id)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    ordered = query.order_by(Receipt.created_at.desc(), Receipt.id).limit(limit).offset(offset)
    return session.scalars(ordered).all(), total


def pack_ids(ids: Iterable[str]) -> bytes:
    """UUIDs in 16 bytes each."""
    return b"".join(UUID(value).bytes for value in ids)


def unpack_ids(packed: bytes) -> list[str]:
    """The UUIDs in their usual form."""
    starts = range(0, len(packed), _UUID_BYTES)
    return [str(UUID(bytes=packed[start : start + _UUID_BYTES])) for start in starts]


def unpack_hashes(packed: bytes) -> set[str]:
    """The keyed hashes in hex."""
    starts = range(0, len(packed), _HASH_BYTES)
    return {packed[start : start + _HASH_BYTES].hex() for start in starts}
