"""Counting many small things without a write for each: a process takes blocks and spends them.

A block is taken from SQL and belongs to this process for the rest of its slice; what is left of it
then goes back with the next one. So all processes together never spend more than the limit. Fewer
may be spent: what another process has taken and not used yet.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from on_prem_rag.db.session import Database
from on_prem_rag.quotas.counters import Standing, drop_expired, less, take, unlimited
from on_prem_rag.quotas.window import Window

LimitOf = Callable[[Session], int]
"""Says what the limit is now; 0 is none."""
PARTS = 16
"""A block is this part of the limit, and at least one."""
RECHECK_SECONDS = 2.0
"""How long a refusal is repeated without asking SQL again."""
_SWEEP_SECONDS = 60.0


@dataclass(slots=True)
class _Held:
    """What this process holds of one counter."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    slice: int = -1
    left: int = 0
    standing: Standing | None = None
    asked_at: float = 0.0


class Blocks:
    """Spends from counters in SQL over one window, in blocks; safe from many threads."""

    def __init__(
        self, database: Database, window: Window, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._window = window
        self._now = clock
        self._held: dict[str, _Held] = {}
        self._lock = threading.Lock()
        self._swept_at = clock()

    def spend(self, key: str, limit_of: LimitOf) -> Standing:
        """Count one under ``key``; refused when the standing's ``granted`` is 0.

        Blocks for as long as SQL takes when the block is used up. ``limit_of`` is asked anew with
        each block.
        """
        self._sweep()
        with self._lock:
            held = self._held.setdefault(key, _Held())
        with held.lock:
            now = self._now()
            if held.standing is not None and held.slice == self._window.index(now):
                if held.standing.limit == 0:
                    return held.standing
                if held.left:
                    held.left -= 1
                    return less(held.standing, held.left)
                if not held.standing.granted and now - held.asked_at < RECHECK_SECONDS:
                    return held.standing
            return self._refill(key, held, limit_of, now)

    def _refill(self, key: str, held: _Held, limit_of: LimitOf, now: float) -> Standing:
        with self._database.write() as session:
            limit = limit_of(session)
            if limit == 0:
                standing = unlimited(now, self._window)
            else:
                standing = take(
                    session,
                    key,
                    self._window,
                    limit,
                    max(1, limit // PARTS),
                    now=now,
                    at_least=1,
                    returned={held.slice: held.left},
                )
        held.slice, held.asked_at = self._window.index(now), now
        held.standing, held.left = standing, max(0, standing.granted - 1)
        return less(standing, held.left)

    def _sweep(self) -> None:
        """Now and then forget, here and in SQL, what no longer counts."""
        now = self._now()
        with self._lock:
            if now - self._swept_at < _SWEEP_SECONDS:
                return
            self._swept_at = now
            oldest = self._window.index(now) - self._window.slices
            self._held = {k: held for k, held in self._held.items() if held.slice >= oldest}
        with self._database.write() as session:
            drop_expired(session, now)
