"""Dropping old events so that what is kept can still be verified."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from on_prem_rag.audit.chain import START, Chain, Link
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.audit.marks import find_mark, put_mark
from on_prem_rag.audit.models import AuditEvent
from on_prem_rag.audit.verify import Walker, walk
from on_prem_rag.db.session import Database
from on_prem_rag.errors import Conflict

_AT_ONCE = 2000


def drop_events_before(database: Database, chain: Chain, cutoff: datetime) -> int:
    """Drop the events from before ``cutoff`` and return how many; that is recorded.

    The last one dropped becomes the checkpoint, signed, from which the rest is verified. Raises
    Conflict when what would be dropped does not hold: evidence is not thrown away.
    """
    dropped = 0
    while count := _drop_some(database, chain, cutoff):
        dropped += count
    if dropped:
        with database.write() as session:
            record(session, Event.AUDIT_PRUNED, before=cutoff.isoformat(), dropped=dropped)
    return dropped


def _drop_some(database: Database, chain: Chain, cutoff: datetime) -> int:
    with database.write() as session:
        find_mark(session, chain, "head", lock=True)  # two runs at once would contradict
        checkpoint, signed = find_mark(session, chain, "checkpoint")
        start = checkpoint or START
        last = _last_before(session, start, cutoff)
        if last <= start.number:
            return 0
        walker = Walker(chain, start)
        broken = walk(session, walker, through=last)
        if broken is not None or (checkpoint is not None and not signed):
            raise Conflict(
                "The part of the log that would be dropped was tampered with.",
                hint="Run `on-prem-rag audit verify`, and export the log before anything else.",
            )
        if not database.is_sqlite:
            # The trigger that keeps the log from being changed lets this transaction pass.
            session.execute(text("SET LOCAL on_prem_rag.audit_retention = 'on'"))
        session.execute(delete(AuditEvent).where(AuditEvent.number <= last))
        put_mark(session, chain, "checkpoint", walker.at)
        return last - start.number


def _last_before(session: Session, start: Link, cutoff: datetime) -> int:
    """The number before the first event to keep, at most _AT_ONCE after ``start``."""
    kept = session.scalar(select(func.min(AuditEvent.number)).where(AuditEvent.time >= cutoff))
    newest = session.scalar(select(func.max(AuditEvent.number))) or 0
    return min(newest if kept is None else kept - 1, start.number + _AT_ONCE)
