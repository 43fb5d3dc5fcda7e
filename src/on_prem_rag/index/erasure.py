"""Getting what was deleted out of the files, soon after it is out of view.

Retrieval is blind to a deleted document as soon as the projector has followed, yet its bytes stay:
Chroma marks a vector as deleted and keeps it, tantivy keeps a segment until it is merged, SQLite
keeps its log. So, a while after a deletion and while nothing is waiting to be projected: the log is
cut, segments that hold something deleted are written anew, and a copy of the vectors takes the
place of the old files. What is left to do stands in SQL (receipts without an erasure of this
place), so a crash only delays it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.orm import Session

from on_prem_rag.audit.erasures import SHARED, Store, finish, newest, pending, report_place
from on_prem_rag.audit.models import Receipt
from on_prem_rag.audit.receipts import get_receipt, unpack_ids
from on_prem_rag.db.base import utc_now
from on_prem_rag.db.erasure import erase_freed
from on_prem_rag.db.session import Database
from on_prem_rag.documents.changes import last_change
from on_prem_rag.index.owner import IndexSlot
from on_prem_rag.index.projector import Projector

if TYPE_CHECKING:
    from on_prem_rag.index.dense import DenseGeneration

_TABLES = (
    "collections",
    "documents",
    "document_versions",
    "pages",
    "chunks",
    "embeddings",
    "conversations",
    "messages",
    "answer_events",
    "evidence",
    "jobs",
)
_BATCH = 500
_LOOK_SECONDS = 2.0
_REPORT_SECONDS = 3600.0
_RETRY_SECONDS = 60.0
_LONGEST_WAIT = timedelta(minutes=10)
_REST = 20.0
_log = structlog.get_logger(__name__)


@dataclass
class _Copying:
    """A copy of the vectors under way: what it replaces and up to which change it is clean."""

    replaced: DenseGeneration
    watermark: int
    started_at: float


class Eraser:
    """Erases in small steps, on the projector's thread.

    Begins when the last deletion is ``quiet_seconds`` old, so that many are one; after copying the
    vectors it rests twenty times as long as that took, which bounds its cost at five per cent of
    the time however many vectors there are. ``sweep`` removes originals that a crash left.
    """

    def __init__(
        self,
        database: Database,
        projector: Projector,
        slot: IndexSlot,
        sweep: Callable[[Session], None],
        *,
        quiet_seconds: float = 10.0,
    ) -> None:
        self._database = database
        self._projector = projector
        self._slot = slot
        self._sweep = sweep
        self.quiet = timedelta(seconds=quiet_seconds)
        self._look_at = 0.0
        self._report_at = 0.0
        self._rows_at = 0.0
        self._vectors_at = 0.0
        self._first_change = 0
        self._nothing_left: object = None
        self._unwritten: deque[str] | None = None
        self._copying: _Copying | None = None

    def step(self) -> bool:
        """Do a little of what is due, if it is time to look; returns whether more is due at once.

        Call it when the projector has caught up.
        """
        if self._unwritten:
            return self._rewrite()
        now = time.monotonic()
        if now < self._look_at:
            return False
        self._look_at = now + _LOOK_SECONDS
        self._report(now)
        with self._database.read() as session:
            state = newest(session)
        if state == self._nothing_left:
            return False
        left = [self._erase_rows(), self._erase_originals()]
        left += [self._erase_lexical(), self._erase_vectors()]
        self._nothing_left = None if any(left) else state
        return bool(self._unwritten)

    def _report(self, now: float) -> None:
        """Say that this place is there; a new one never held what was deleted before."""
        if now < self._report_at:
            return
        with self._database.write() as session:
            first = last_change(session) if self._projector.watermark == 0 else 0
            place = report_place(session, self._slot.place, self._slot.name, first)
            self._first_change = place.first_change
        self._report_at = now + _REPORT_SECONDS

    def _pending(self, store: Store) -> tuple[list[Receipt], bool]:
        """What this store has to let go of now, and whether anything is left for later."""
        indexed = store in ("vectors", "lexical")
        with self._database.read() as session:
            found = pending(
                session,
                store,
                self._slot.place if indexed else SHARED,
                after=self._first_change if indexed else None,
            )
        if not found:
            return [], False
        now, watermark = utc_now(), self._projector.watermark
        settled = now - found[-1].created_at > self.quiet
        if not settled and now - found[0].created_at < _LONGEST_WAIT:
            return [], True
        followed = [r for r in found if not indexed or (r.change or 0) <= watermark]
        return followed, True

    def _finish(self, receipts: list[Receipt], store: Store) -> None:
        place = self._slot.place if store in ("vectors", "lexical") else SHARED
        with self._database.write() as session:
            finish(session, receipts, store, place)
        _log.info("erased", store=store, receipts=len(receipts))

    def _erase_rows(self) -> bool:
        due, left = self._pending("sql")
        if due and time.monotonic() >= self._rows_at:
            if erase_freed(self._database, _TABLES):
                self._finish(due, "sql")
            else:
                self._rows_at = time.monotonic() + _RETRY_SECONDS
        return left

    def _erase_originals(self) -> bool:
        due, left = self._pending("originals")
        if due:
            with self._database.write() as session:
                self._sweep(session)
        return left

    def _erase_lexical(self) -> bool:
        due, left = self._pending("lexical")
        if not due:
            return left
        lexical = self._projector.lexical
        with self._database.read() as session:
            packed = [get_receipt(session, receipt.id).chunks for receipt in due]
        if lexical.traces(chain.from_iterable(map(unpack_ids, packed))):
            self._unwritten = deque(lexical.chunks_beside_deleted())
            self._rewrite()
            return True
        if lexical.remove_unused_files():
            self._finish(due, "lexical")
        return True

    def _rewrite(self) -> bool:
        """Write some chunks anew that share a segment with deleted ones."""
        left = self._unwritten or deque()
        part = [left.popleft() for _ in range(min(_BATCH, len(left)))]
        self._projector.rewrite_lexical(part)
        self._unwritten = left or None
        self._look_at = 0.0
        return True

    def _erase_vectors(self) -> bool:
        due, left = self._pending("vectors")
        dense, now = self._projector.dense, time.monotonic()
        if not due or not dense.is_open or dense.is_building or not dense.remove_leftovers():
            return left
        copied, self._copying = self._copying, None
        if copied is not None:
            self._vectors_at = now + _REST * (now - copied.started_at)
        if dense.live is None or not dense.live.holds_deleted:
            self._finish(due, "vectors")
        elif copied is not None and dense.live is not copied.replaced:
            # Something was deleted while it was copied; what went before is gone.
            clean = [r for r in due if r.change is not None and r.change <= copied.watermark]
            self._finish(clean, "vectors")
        elif now >= self._vectors_at:
            watermark, replaced = self._projector.watermark, dense.live
            if self._projector.renew_dense():
                self._copying = _Copying(replaced, watermark, now)
        return True
