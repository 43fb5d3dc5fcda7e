"""Counting in SQL, one row a key, in the caller's unit of work.

The row is locked from the first look to the commit, so two replicas never give the same rest out
twice. A unit of work that takes from several counters takes them in one order everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from on_prem_rag.quotas.models import Counter
from on_prem_rag.quotas.window import Window

_DROPPED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Standing:
    """How a counter stands after something was taken, or refused.

    ``changes_at`` is when more is free: all that was asked for after a refusal, else something.
    A limit of 0 stands for none.
    """

    limit: int
    used: int
    granted: int
    changes_at: float

    @property
    def remaining(self) -> int:
        """How much is left."""
        return max(0, self.limit - self.used)

    def seconds_left(self, now: float) -> int:
        """Whole seconds until ``changes_at``, at least one."""
        return max(1, math.ceil(self.changes_at - now))


def take(
    session: Session,
    key: str,
    window: Window,
    limit: int,
    amount: int = 1,
    *,
    now: float,
    at_least: int | None = None,
    returned: Mapping[int, int] | None = None,
) -> Standing:
    """Count ``amount``, or what is left when that is ``at_least`` enough, or nothing.

    ``returned`` is what was taken before and not used, by slice.
    """
    row = _locked(session, key, now)
    living = window.living(row.slices, now)
    for index, unused in (returned or {}).items():
        if index in living:
            living[index] = max(0, living[index] - unused)
    used, index = sum(living.values()), window.index(now)
    least = amount if at_least is None else at_least
    granted = max(0, min(amount, limit - used))
    if granted < least:
        granted, changes_at = 0, window.fits_at(living, used + least - limit, now)
    else:
        living[index] = living.get(index, 0) + granted
        changes_at = window.fits_at(living, 1, now)
    row.slices = {str(i): n for i, n in living.items()}
    row.expires_at = datetime.fromtimestamp(window.forgotten_at(index), UTC)
    session.flush()
    return Standing(limit, used + granted, granted, changes_at)


def look(
    session: Session, key: str, window: Window, limit: int, amount: int = 1, *, now: float
) -> Standing:
    """What ``take`` would say, without counting or locking anything."""
    slices = session.scalar(select(Counter.slices).where(Counter.key == key)) or {}
    living = window.living(slices, now)
    used = sum(living.values())
    granted = amount if used + amount <= limit else 0
    changes_at = window.fits_at(living, 1 if granted else used + amount - limit, now)
    return Standing(limit, used, granted, changes_at)


def give_back(session: Session, key: str, window: Window, amount: int = 1, *, now: float) -> None:
    """Undo the newest ``amount`` of what was counted."""
    row = _locked(session, key, now)
    living = window.living(row.slices, now)
    for index in reversed(living):
        undone = min(amount, living[index])
        living[index] -= undone
        amount -= undone
    row.slices = {str(i): n for i, n in living.items()}


def forget(session: Session, key: str) -> None:
    """Begin a counter anew."""
    session.execute(delete(Counter).where(Counter.key == key))


def drop_expired(session: Session, now: float) -> None:
    """Drop rows in which nothing counts any more, those that nobody holds at the moment."""
    expired = select(Counter.key).where(Counter.expires_at < datetime.fromtimestamp(now, UTC))
    some = expired.limit(_DROPPED_AT_ONCE).with_for_update(skip_locked=True)
    session.execute(delete(Counter).where(Counter.key.in_(some)))


def unlimited(now: float, window: Window) -> Standing:
    """How nothing that is limited stands."""
    return Standing(0, 0, 1, now + window.seconds)


def less(standing: Standing, unused: int) -> Standing:
    """A standing of which ``unused`` was taken and not used yet."""
    return replace(standing, used=standing.used - unused)


def _locked(session: Session, key: str, now: float) -> Counter:
    row = session.get(Counter, key, with_for_update=True, populate_existing=True)
    if row is not None:
        return row
    expires_at = datetime.fromtimestamp(now, UTC)
    values = {"key": key, "slices": {}, "expires_at": expires_at}
    # Two replicas may be the first to count under a key.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(postgresql.insert(Counter).values(values).on_conflict_do_nothing())
    else:
        session.execute(sqlite.insert(Counter).values(values).on_conflict_do_nothing())
    return session.get_one(Counter, key, with_for_update=True, populate_existing=True)
