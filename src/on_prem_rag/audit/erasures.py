"""Where the bytes of a deletion are gone already, and where not yet.

Rows and files are shared by every replica; an index is each slot's own, so each slot reports for
itself. A slot that does not run is pending until it comes back and has done its part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from on_prem_rag.audit.models import Erasure, IndexPlace, Receipt
from on_prem_rag.db.base import utc_now

Store = Literal["sql", "originals", "vectors", "lexical"]
SHARED = "shared"
"""The place of a store that all replicas have in common."""
_GONE_AFTER = timedelta(days=30)
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class StoreState:
    """One store of one place: when its bytes were gone, None while they may be there.

    ``seen_at`` is when an index slot last reported.
    """

    store: Store
    place: str
    finished_at: datetime | None
    seen_at: datetime | None = None


def states(session: Session, receipt: Receipt) -> list[StoreState]:
    """Every store that has to let go of something, with its state.

    A slot that was not seen for thirty days before the deletion is taken for removed.
    """
    done = {
        (row.store, row.place): row.finished_at
        for row in session.scalars(select(Erasure).where(Erasure.receipt_id == receipt.id))
    }
    found = [StoreState("sql", SHARED, done.get(("sql", SHARED)))]
    if receipt.originals:
        found.append(StoreState("originals", SHARED, done.get(("originals", SHARED))))
    if receipt.change is None:
        return found
    places = select(IndexPlace).where(
        IndexPlace.first_change < receipt.change,
        IndexPlace.seen_at > receipt.created_at - _GONE_AFTER,
    )
    for place in session.scalars(places.order_by(IndexPlace.name)):
        stores: tuple[Store, ...] = ("vectors", "lexical")
        for store in stores:
            finished_at = done.get((store, place.id))
            found.append(StoreState(store, place.name, finished_at, place.seen_at))
    return found


def pending(
    session: Session, store: Store, place: str = SHARED, *, after: int | None = None
) -> Sequence[Receipt]:
    """Some receipts whose bytes have not left the store yet, oldest first.

    With ``after`` those that concern an index, whose change is above that number.
    """
    done = select(Erasure.receipt_id).where(Erasure.store == store, Erasure.place == place)
    query = select(Receipt).where(Receipt.id.not_in(done))
    if after is not None:
        query = query.where(Receipt.change > after)
    if store == "originals":
        query = query.where(func.length(Receipt.originals) > 0)
    return session.scalars(query.order_by(Receipt.created_at).limit(_AT_ONCE)).all()


def newest(session: Session) -> tuple[int, datetime | None]:
    """What changes whenever a receipt is written: how many there are and the newest one's time."""
    count, last = session.execute(select(func.count(), func.max(Receipt.created_at))).one()
    return count, last


def finish(
    session: Session, receipts: Iterable[Receipt], store: Store, place: str = SHARED
) -> None:
    """Note that the bytes of these receipts have left the store, unless that is noted already."""
    for receipt in receipts:
        if session.get(Erasure, (receipt.id, store, place)) is None:
            session.add(Erasure(receipt_id=receipt.id, store=store, place=place))


def report_place(session: Session, place: str, name: str, first_change: int) -> IndexPlace:
    """Say that an index slot is there; ``first_change`` counts when it is new."""
    found = session.get(IndexPlace, place)
    if found is None:
        found = IndexPlace(id=place, name=name, first_change=first_change)
        session.add(found)
    found.name, found.seen_at = name, utc_now()
    return found
