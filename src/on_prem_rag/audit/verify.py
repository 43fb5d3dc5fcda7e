"""Checking the chain from its checkpoint to its head, and saying where it was touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from on_prem_rag.audit.chain import HASHED, START, Chain, Link
from on_prem_rag.audit.marks import find_mark
from on_prem_rag.audit.models import AuditEvent
from on_prem_rag.db.session import Database

Kind = Literal["changed", "missing", "surplus", "unlinked", "truncated", "head", "checkpoint"]
_COLUMNS = [getattr(AuditEvent, name) for name in (*HASHED, "hash")]
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Break:
    """The first place that does not hold.

    ``changed``: this event is not what was recorded (edited, forged, or another one's number).
    ``missing``: no event has this number. ``surplus``: no such number was ever given out.
    ``unlinked``: a genuine event, but not of this history. ``truncated``: from this number on all
    events are gone. ``head``, ``checkpoint``: the mark after, or before, the events was touched.
    """

    number: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check found: how many events hold after ``checkpoint``, and up to where.

    ``anchor_checked`` is False when there was none, or retention has dropped its event.
    """

    checked: int
    checkpoint: int
    head: Link
    broken: Break | None = None
    anchor_checked: bool = False

    @property
    def intact(self) -> bool:
        """Whether nothing was touched."""
        return self.broken is None


class Walker:
    """Follows events in order from ``start``; ``step`` tells of the first that does not fit.

    ``head`` None means that the number of the last event is not known for sure.
    """

    def __init__(
        self, chain: Chain, start: Link, head: Link | None = None, anchor: Link | None = None
    ) -> None:
        self.at = start
        self.anchored = False
        self._chain = chain
        self._head = head
        self._anchor = anchor

    def step(self, row: Mapping[str, Any]) -> Break | None:
        """Check one event; None when it follows the one before."""
        number: int = row["number"]
        expected = self.at.number + 1
        if number < expected or self._is_past_the_head(number):
            return Break(number, "surplus")
        if number > expected:
            return Break(expected, "missing")
        return self._misfit(row) or self._advance(Link(number, row["hash"]))

    def _is_past_the_head(self, number: int) -> bool:
        head = self._head
        return head is not None and number > head.number and self.at.number == head.number

    def _misfit(self, row: Mapping[str, Any]) -> Break | None:
        number: int = row["number"]
        if self._chain.event_hash(row) != row["hash"]:
            return Break(number, "changed")
        if row["previous_hash"] != self.at.hash:
            return Break(number, "unlinked")
        return None

    def _advance(self, link: Link) -> Break | None:
        self.at = link
        if self._anchor is None or self._anchor.number != link.number:
            return None
        self.anchored = True
        return None if self._anchor == link else Break(link.number, "unlinked")


def verify(database: Database, chain: Chain, anchor: Link | None = None) -> Verification:
    """Check every event that is kept, at one point in time; memory does not grow with their number.

    ``anchor`` is a head noted earlier outside of the database. Only it shows that someone put back
    an old state of the whole log, marks included.
    """
    with database.read() as session:
        if not database.is_sqlite:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        return _verify(session, chain, anchor)


def _verify(session: Session, chain: Chain, anchor: Link | None) -> Verification:
    head, head_signed = find_mark(session, chain, "head")
    checkpoint, checkpoint_signed = find_mark(session, chain, "checkpoint")
    start = checkpoint or START
    walker = Walker(chain, start, head if head_signed else None, anchor)
    broken = None
    if checkpoint is not None and not checkpoint_signed:
        broken = Break(checkpoint.number, "checkpoint")
    else:
        broken = walk(session, walker)
    broken = broken or _end(walker.at, head if head_signed else None, anchor)
    return Verification(
        checked=walker.at.number - start.number,
        checkpoint=start.number,
        head=walker.at,
        broken=broken,
        anchor_checked=walker.anchored or anchor == START,
    )


def walk(session: Session, walker: Walker, through: int | None = None) -> Break | None:
    """Lead ``walker`` over the events in order; stop at the first break."""
    query = select(*_COLUMNS).order_by(AuditEvent.number)
    if through is not None:
        query = query.where(AuditEvent.number <= through)
    rows = session.execute(query, execution_options={"yield_per": _AT_ONCE}).mappings()
    for row in rows:
        broken = walker.step({str(name): value for name, value in row.items()})
        if broken is not None:
            return broken
    return None


def _end(last: Link, head: Link | None, anchor: Link | None) -> Break | None:
    """What the marks and the anchor say of the end of an unbroken run of events."""
    if anchor is not None and anchor.number > last.number:
        return Break(last.number + 1, "truncated")
    if head is None:
        return Break(last.number + 1, "head")
    if head.number > last.number:
        return Break(last.number + 1, "truncated")
    return None if head == last else Break(last.number, "unlinked")
