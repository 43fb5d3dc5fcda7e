"""Keeps SQL abreast of the answers being written in this process.

One loop serves all of them: every ``FLUSH_EVERY`` seconds it stores what is new in one unit of work
(one commit for fifty streams, not fifty). Every ``CHECK_EVERY`` seconds it renews leases and looks
whether an answer was cancelled elsewhere or its reader lost a source.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import suppress
from time import monotonic

import structlog
from sqlalchemy.exc import SQLAlchemyError

from on_prem_rag.answer.events import Error
from on_prem_rag.answer.running import RunningAnswer, StopReason
from on_prem_rag.conversations.journal import (
    LEASE,
    WITHHELD,
    AnswerWrite,
    cancelled,
    write_answers,
)
from on_prem_rag.db.base import new_id
from on_prem_rag.db.session import Database

FLUSH_EVERY = 0.15
CHECK_EVERY = 1.0
GIVE_UP_AFTER = LEASE.total_seconds()
"""Seconds without a database after which others read the answers as interrupted."""

_LOST = Error(**WITHHELD)
_UNSTORED = Error(
    "service_unavailable", "The answer could not be stored.", "Ask again in a minute."
)
_log = structlog.get_logger(__name__)


class Keeper:
    """Holds the running answers; ``owner`` names this process's leases."""

    def __init__(self, database: Database, pool: Executor) -> None:
        self.owner = new_id()
        self._database = database
        self._pool = pool
        self._running: dict[str, RunningAnswer] = {}
        self._due = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._failing_since: float | None = None

    def add(self, run: RunningAnswer) -> None:
        """Keep an answer whose row was just stored."""
        run.checked_at = monotonic()
        self._running[run.message_id] = run
        if self._loop is None or self._loop.done():
            self._loop = asyncio.create_task(self._keep())

    def find(self, message_id: str) -> RunningAnswer | None:
        """The answer, while it is being written here."""
        return self._running.get(message_id)

    def stop(self, run: RunningAnswer, reason: StopReason) -> None:
        """Stop an answer; what came so far stays, unless it is withheld."""
        if run.stop_reason is None and run.task is not None and not run.task.done():
            run.stop_reason = reason
            run.task.cancel()

    def wake(self) -> None:
        """Store now rather than at the next turn: an answer ended."""
        self._due.set()

    async def close(self, patience: float = 0.0) -> None:
        """Wait so many seconds for answers to end, then interrupt the others; all are stored."""
        if self._loop is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._loop), max(0.0, patience))
        for run in list(self._running.values()):
            self.stop(run, "interrupted")
        if self._loop is not None:
            await self._loop

    async def _keep(self) -> None:
        while self._running:
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_EVERY):
                    await self._due.wait()
            self._due.clear()
            await self._turn()

    async def _turn(self) -> None:
        now = monotonic()
        runs = list(self._running.values())
        checking = [run for run in runs if now - run.checked_at >= CHECK_EVERY]
        batch = []
        for run in runs:
            if run.dirty or run in checking:
                batch.append((run, *run.snapshot(check_sources=run in checking)))
        if not batch:
            return
        writes = [write for _, write, _ in batch]
        try:
            lost, stopped = await asyncio.get_running_loop().run_in_executor(
                self._pool, self._store, writes, [run.message_id for run in checking]
            )
        except SQLAlchemyError as error:
            await self._failed(now, error)
            return
        self._failing_since = None
        for run in checking:
            run.checked_at = now
        for run, write, upto in batch:
            if run.message_id in lost:
                await self._drop(run, _LOST)
                continue
            run.saved(write, upto)
            if write.finished:
                self._running.pop(run.message_id, None)
            elif run.message_id in stopped:
                self.stop(run, "cancelled")

    def _store(
        self, writes: Sequence[AnswerWrite], ids: Sequence[str]
    ) -> tuple[set[str], set[str]]:
        with self._database.write() as session:
            lost = write_answers(session, self.owner, writes)
            return lost, cancelled(session, ids) if ids else set()

    async def _drop(self, run: RunningAnswer, end: Error) -> None:
        """Give up an answer that may not be stored any more."""
        self._running.pop(run.message_id, None)
        self.stop(run, "withheld")
        if run.task is not None:
            await asyncio.wait({run.task})
        run.close(end)

    async def _failed(self, now: float, error: SQLAlchemyError) -> None:
        """Try again until the leases are over; then others read the answers as interrupted."""
        self._failing_since = self._failing_since or now
        _log.warning("answers_not_stored", error_type=type(error).__name__)
        if now - self._failing_since > GIVE_UP_AFTER:
            for run in list(self._running.values()):
                await self._drop(run, _UNSTORED)
