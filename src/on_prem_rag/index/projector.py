"""Keeps the indexes what SQL says, by following the change log from the local watermark.

Every batch goes into Chroma first and into the lexical index last, whose commit also moves the
watermark. A crash in between is repaired by doing the batch again: every write is idempotent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, RLock, Thread
from typing import TYPE_CHECKING

import structlog

from on_prem_rag.db.session import Database
from on_prem_rag.documents.changes import last_change
from on_prem_rag.index.generations import DenseGenerations
from on_prem_rag.index.lexical import TantivyLexicalIndex, open_or_replace
from on_prem_rag.index.owner import IndexSlot, has_room
from on_prem_rag.index.truth import ChangeBatch, lexical_entries, read_batch
from on_prem_rag.monitoring.metrics import INDEX_DRIFT

if TYPE_CHECKING:
    from on_prem_rag.index.dense import DenseGeneration
    from on_prem_rag.index.reconcile import Drift, IndexName

CHANGES_PER_BATCH = 500
_BATCH = 1000
_FAILURES_TO_DISTRUST = 3
_POLL_SECONDS = 0.5
_LOOK_SECONDS = 5.0
_LONGEST_BACKOFF = 30.0
_WRITER_IDLE_SECONDS = 20.0
_RECONCILE_SECONDS = 3600.0
_log = structlog.get_logger(__name__)


class Projector:
    """Owns the indexes in a slot's directory and brings them up to SQL.

    ``slot`` was acquired by this process; Chroma lies in ``chroma_directory``, by default in the
    slot. The lexical index opens at once; the dense one with the first ``advance``, which may take
    seconds and is why that runs on a thread. All methods are safe to call from any thread.
    """

    def __init__(
        self,
        database: Database,
        slot: IndexSlot,
        *,
        private_threshold: int = 2000,
        chroma_directory: Path | None = None,
    ) -> None:
        self.lexical: TantivyLexicalIndex = open_or_replace(slot.directory / "lexical")
        self.dense = DenseGenerations(
            database,
            chroma_directory or slot.directory / "chroma",
            private_threshold=private_threshold,
        )
        self._database = database
        self._slot = slot
        self._lock = RLock()
        self._dense_failures = 0
        self._look_at = 0.0

    @property
    def watermark(self) -> int:
        """The last change that both indexes hold; a version up to it is searchable."""
        return self.lexical.watermark()

    @property
    def lag(self) -> int:
        """Changes in SQL that the indexes have not followed yet."""
        with self._database.read() as session:
            return last_change(session) - self.watermark

    def advance(self, limit: int = CHANGES_PER_BATCH) -> int:
        """Apply up to ``limit`` changes and a step of any generation being built.

        Returns the changes applied. Whatever goes wrong is raised and leaves the watermark where it
        was; calling again repeats the batch.
        """
        with self._lock:
            self.dense.open(trusted=self._slot.was_closed_cleanly)
            watermark = self.watermark
            with self._database.read() as session:
                batch = read_batch(session, watermark, limit)
            self._look(before_writing=batch is not None)
            self.dense.follow(nothing_projected=watermark == 0)
            if batch is not None:
                self._project_dense(batch)
                self._project_lexical(batch, watermark)
            self.dense.step()
            return batch.count if batch is not None else 0

    @contextmanager
    def still(self) -> Iterator[None]:
        """Within the block nothing is written to the indexes, and no generation is exchanged."""
        with self._lock:
            yield

    def run_until_current(self) -> int:
        """Advance until nothing is left to apply or to build; returns the changes applied."""
        applied = 0
        while True:
            step = self.advance()
            applied += step
            if step == 0 and not self.dense.is_building:
                return applied

    def find_drift(self) -> list[Drift] | None:
        """Collections whose counts differ from SQL; None while the indexes are behind it."""
        from on_prem_rag.index.reconcile import find_drift  # noqa: PLC0415 - imports Chroma

        with self._lock:
            return find_drift(self._database, self.lexical, self.dense.live)

    def reconcile(self) -> list[Drift]:
        """Put right every Collection that drifted; returns what was wrong."""
        with self._lock:
            found = self.find_drift() or []
            for drift in found:
                _log.warning("index_drift", index=drift.index, collection_id=drift.collection_id)
                INDEX_DRIFT.inc()
                self.repair(drift.index, drift.collection_id)
            return found

    def repair(self, index: IndexName, collection_id: str) -> None:
        """Add to an index what a Collection lacks there, and remove what SQL does not have."""
        from on_prem_rag.index import reconcile  # noqa: PLC0415 - imports Chroma

        with self._lock:
            if index == "lexical":
                reconcile.repair_lexical(self._database, self.lexical, collection_id)
            elif self.dense.live is not None and self.dense.is_trusted:
                self.dense.look()
                try:
                    if self.dense.live is not None:
                        reconcile.repair_dense(self.dense.live, collection_id)
                finally:
                    self.dense.note_files()

    def rewrite_lexical(self, chunk_ids: Sequence[str]) -> None:
        """Write chunks into the lexical index once more; those that SQL lacks by now are removed.

        Without any it still replaces the segment that holds nothing but the watermark.
        """
        with self._lock:
            with self._database.read() as session:
                entries = lexical_entries(session, chunk_ids)
            gone = sorted(set(chunk_ids).difference(entry.chunk_id for entry in entries))
            self.lexical.apply(entries, gone, self.watermark)

    def renew_dense(self) -> bool:
        """Begin to copy the vectors into new files; ``advance`` goes on with it."""
        with self._lock:
            return self.dense.renew()

    def close(self) -> None:
        """Close both indexes and note that they are whole; the slot is the caller's to release."""
        with self._lock:
            # What was never opened was never probed: its next owner must not take it for sound.
            trusted = self.dense.is_open or self._slot.was_closed_cleanly
            self.dense.close()
            self.lexical.close()
            if trusted:
                self._slot.mark_clean()

    def _look(self, *, before_writing: bool) -> None:
        """See whether somebody else touched the vectors: our next write would hide it."""
        now = time.monotonic()
        if before_writing or self.dense.is_building or now >= self._look_at:
            self.dense.look()
            self._look_at = now + _LOOK_SECONDS

    def _project_dense(self, batch: ChangeBatch) -> None:
        try:
            for generation in self.dense.targets:
                _apply(batch, generation)
        except Exception:
            self._count_failure()
            raise
        finally:
            self.dense.note_files()
        self._dense_failures = 0

    def _count_failure(self) -> None:
        """A generation that fails again and again must not keep the lexical index behind.

        Where no file can be written at all, it is not to blame, and a new one would fail as well.
        """
        self._dense_failures += 1
        if self._dense_failures >= _FAILURES_TO_DISTRUST and has_room(self.dense.directory):
            _log.error("dense_generation_distrusted")
            self.dense.distrust()
            self._dense_failures = 0

    def _project_lexical(self, batch: ChangeBatch, watermark: int) -> None:
        removed: Sequence[str] = [
            chunk_id for chunk_ids in batch.removed.values() for chunk_id in chunk_ids
        ]
        added = [chunk_id for chunk_ids in batch.added.values() for chunk_id in chunk_ids]
        dropped: Sequence[str] = batch.dropped
        for start in range(0, max(len(added), 1), _BATCH):
            with self._database.read() as session:
                entries = lexical_entries(session, added[start : start + _BATCH])
            done = start + _BATCH >= len(added)
            self.lexical.apply(entries, removed, batch.last if done else watermark, dropped)
            removed, dropped = (), ()


def _apply(batch: ChangeBatch, generation: DenseGeneration) -> None:
    for collection_id in batch.dropped:
        generation.drop(collection_id)
    for collection_id, chunk_ids in batch.removed.items():
        generation.delete(collection_id, chunk_ids)
    for collection_id, chunk_ids in batch.added.items():
        generation.add(collection_id, chunk_ids)


class ProjectorThread(Thread):
    """Advances the projector when woken and every half second; closes it at the end.

    A failure is logged, kept in ``last_error`` until the next success, and tried again after a
    growing pause. Once an hour, and first when all is caught up, drift is looked for and repaired.
    ``when_idle`` is called whenever all is caught up, until it returns that it has no more to do.
    """

    def __init__(
        self,
        projector: Projector,
        *,
        poll_seconds: float = _POLL_SECONDS,
        when_idle: Callable[[], bool] = bool,
    ) -> None:
        super().__init__(name="projector", daemon=True)
        self.last_error: str | None = None
        self._projector = projector
        self._poll_seconds = poll_seconds
        self._when_idle = when_idle
        self._wanted = Event()
        self._stopping = Event()
        self._reconcile_at = 0.0
        self._written_at: float | None = None

    def wake(self) -> None:
        """Look for changes now rather than at the next poll."""
        self._wanted.set()

    def close(self) -> None:
        """Finish the batch in hand, close the projector and return when that is done."""
        self._stopping.set()
        self._wanted.set()
        self.join()

    def run(self) -> None:
        """Loop until closed."""
        pause = self._poll_seconds
        while not self._stopping.is_set():
            try:
                self._work()
            except Exception as error:  # noqa: BLE001 - the thread outlives whatever fails in it
                pause = min(pause * 2, _LONGEST_BACKOFF)
                self.last_error = f"{type(error).__name__}: {error}"
                _log.exception("projection_failed", retry_in_seconds=pause)
                self._stopping.wait(pause)
            else:
                pause, self.last_error = self._poll_seconds, None
        self._projector.close()

    def _work(self) -> None:
        """One step, and the wait that should follow it."""
        began = time.monotonic()
        applied = self._projector.advance()
        now = time.monotonic()
        if self._projector.dense.is_renewing:
            # Nobody waits for it: whoever searches gets half of the time.
            self._stopping.wait(now - began)
            return
        if applied == CHANGES_PER_BATCH or self._projector.dense.is_building:
            return
        if applied:
            # More may come at once: one commit for all of it costs less than one for each.
            self._written_at = now
            self._stopping.wait(2 * self._poll_seconds)
            return
        if now >= self._reconcile_at:
            self._projector.reconcile()
            self._reconcile_at = now + _RECONCILE_SECONDS
        if self._when_idle():
            return
        if self._written_at is not None and now - self._written_at > _WRITER_IDLE_SECONDS:
            self._projector.lexical.release_writer()
            self._written_at = None
        self._wanted.wait(self._poll_seconds)
        self._wanted.clear()
