"""The change log every index follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from on_prem_rag.documents.models import Change, ChangeCounter

ChangeKind = Literal["version", "remove", "drop"]
_COUNTER_ID = 1


def append_change(
    session: Session,
    kind: ChangeKind,
    *,
    collection_id: str,
    document_id: str | None = None,
    version_id: str | None = None,
    removed_chunk_ids: Sequence[str] = (),
) -> int:
    """Log a change and return its number. Call it last before the commit.

    The counter row stays locked until the commit, so numbers become visible in order.
    """
    details: dict[str, Any] = {"removed_chunk_ids": list(removed_chunk_ids)}
    session.flush()
    number = session.execute(
        update(ChangeCounter)
        .where(ChangeCounter.id == _COUNTER_ID)
        .values(value=ChangeCounter.value + 1)
        .returning(ChangeCounter.value)
    ).scalar_one()
    session.add(
        Change(
            number=number,
            kind=kind,
            collection_id=collection_id,
            document_id=document_id,
            version_id=version_id,
            details=details,
        )
    )
    return number


def changes_after(session: Session, number: int, limit: int) -> list[Change]:
    """Changes above ``number`` in order, at most ``limit``."""
    query = select(Change).where(Change.number > number).order_by(Change.number).limit(limit)
    return list(session.scalars(query))


def last_change(session: Session) -> int:
    """The number of the newest committed change, 0 before the first."""
    return session.scalar(select(ChangeCounter.value).where(ChangeCounter.id == _COUNTER_ID)) or 0


def ensure_counter(session: Session) -> None:
    """Create the counter's row in a fresh database; migrations call this once."""
    if session.get(ChangeCounter, _COUNTER_ID) is None:
        session.add(ChangeCounter(id=_COUNTER_ID, value=0))
