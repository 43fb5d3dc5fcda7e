"""The worker: takes leased jobs until its parent goes or it is told to stop.

One thread prepares documents ahead (parsing runs in children), two embed and store them in turns,
one does the long jobs (embedding anew, evaluations), and one keeps the leases.
"""

from __future__ import annotations

import queue as queues
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from on_prem_rag.db.session import Database
from on_prem_rag.documents.generations import register_model, serve_again
from on_prem_rag.errors import AppError, EmbeddingError, ServiceUnavailable
from on_prem_rag.ingest.pipeline import DocumentGoneError, IngestPipeline, Prepared
from on_prem_rag.jobs.queue import (
    LEASE_SECONDS,
    MAX_ATTEMPTS,
    ClaimedJob,
    JobCancelledError,
    JobQueue,
    LeaseLostError,
)
from on_prem_rag.llm.embedders import EmbedderPool

_IDLE_SECONDS = 0.25
_AHEAD = 8
"""Documents prepared and waiting; enough to keep the embedder busy, little enough memory."""
_GROUP_CHUNKS = 128
_POSTPONE_SECONDS = 10.0
_RETRY_SECONDS = 5.0
_STOP_SECONDS = 2.0
_AWAY = ServiceUnavailable("The database or the disk could not be used.")

T = TypeVar("T")
LongJob = Callable[[ClaimedJob], None]
"""Runs a whole job, the finish included; raises AppError to fail it."""


class Worker:
    """Runs until ``stop`` is set. ``long_jobs`` maps a job's kind to what runs it.

    While the disk ``is_short`` of room no job is begun. ``beat`` is called every few seconds as
    long as the database answers.
    """

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        pipeline: IngestPipeline,
        embedders: EmbedderPool,
        long_jobs: Mapping[str, LongJob],
        *,
        is_short: Callable[[], bool] = bool,
        beat: Callable[[], object] = bool,
    ) -> None:
        self._database = database
        self._beat = beat
        self._is_short = is_short
        self._queue = queue
        self._pipeline = pipeline
        self._embedders = embedders
        self._long_jobs = long_jobs
        self._ahead: queues.Queue[Prepared] = queues.Queue(_AHEAD)
        self._held: dict[str, str] = {}
        """Kinds of the jobs in hand by their ids."""
        self._held_changed = threading.Condition()
        self._stop = threading.Event()
        self._log = structlog.get_logger("worker")

    def stop(self) -> None:
        """Ask the worker to end after what it is doing; the rest is given back."""
        self._stop.set()

    def run(self) -> None:
        """Work until ``stop``, then give back what is not finished."""
        if not self._register_model():
            return
        self._beat()
        # While one of two stores its group, the other's keeps the processors busy.
        finish = self._finish_next_group
        steps = (self._prepare_next, finish, self._run_long_job, self._keep_leases)
        threads = [
            threading.Thread(target=self._repeat, args=(step,), name=step.__name__, daemon=True)
            for step in steps
        ]
        for thread in threads:
            thread.start()
        self._repeat(finish)
        for thread in threads:
            thread.join(timeout=_STOP_SECONDS)
        self._queue.give_back()

    def _repeat(self, step: Callable[[], None]) -> None:
        """Do ``step`` over and over; SQL may be away for a while."""
        while not self._stop.is_set():
            try:
                step()
            except Exception:  # noqa: BLE001 - a thread's edge: without it nothing is taken in
                self._log.exception("worker_step_failed", retry_in_seconds=_RETRY_SECONDS)
                self._stop.wait(_RETRY_SECONDS)

    def _register_model(self) -> bool:
        """Wait for the embedding model; without it nothing can be taken in."""
        while not self._stop.is_set():
            try:
                embedder = self._embedders.configured()
                with self._database.write() as session:
                    serve_again(session, register_model(session, embedder))
            except EmbeddingError as error:
                self._log.warning("embedding_model_missing", reason=error.message)
                self._stop.wait(_POSTPONE_SECONDS)
            else:
                return True
        return False

    def _prepare_next(self) -> None:
        job = self._claim(["ingest"])
        if job is None:
            return
        # One that a worker died with is worked on alone, so that no other is blamed with it.
        suspect = job.attempts > 1
        if suspect:
            self._wait_until_ingesting({job.id})
        prepared = self._guarded(job, partial(self._pipeline.prepare, job))
        if prepared is None:
            return
        self._hand_over(prepared)
        if suspect:
            self._wait_until_ingesting(set())

    def _hand_over(self, prepared: Prepared) -> None:
        while not self._stop.is_set():
            with suppress(queues.Full):
                self._ahead.put(prepared, timeout=_IDLE_SECONDS)
                return

    def _wait_until_ingesting(self, wanted: set[str]) -> None:
        """Wait until the documents being worked on are the ``wanted`` ones."""
        with self._held_changed:
            while not self._stop.is_set():
                if {job_id for job_id, kind in self._held.items() if kind == "ingest"} == wanted:
                    return
                self._held_changed.wait(_IDLE_SECONDS)

    def _finish_next_group(self) -> None:
        group = self._next_group()
        if group:
            self._finish_group(group)

    def _next_group(self) -> list[Prepared]:
        """Small documents wait for no one, but those that are ready are embedded together."""
        try:
            group = [self._ahead.get(timeout=_IDLE_SECONDS)]
        except queues.Empty:
            return []
        while sum(len(item.drafts) for item in group) < _GROUP_CHUNKS:
            try:
                group.append(self._ahead.get_nowait())
            except queues.Empty:
                break
        return group

    def _finish_group(self, group: list[Prepared]) -> None:
        failure: Exception | None = None
        try:
            self._pipeline.embed(group)
        except Exception as error:  # noqa: BLE001 - recorded with each job of the group below
            failure = error
        for item in group:
            self._guarded(item.job, partial(self._store, item, failure))
            self._release(item.job)

    def _store(self, item: Prepared, failure: Exception | None) -> None:
        if failure is not None:
            raise failure
        self._pipeline.store(item)

    def _run_long_job(self) -> None:
        job = self._claim(list(self._long_jobs))
        if job is not None:
            self._guarded(job, partial(self._long_jobs[job.kind], job))
            self._release(job)

    def _claim(self, kinds: list[str]) -> ClaimedJob | None:
        if self._is_short():
            self._stop.wait(_RETRY_SECONDS)
            return None
        job = self._queue.claim(kinds)
        if job is None:
            self._stop.wait(_IDLE_SECONDS)
            return None
        with self._held_changed:
            self._held[job.id] = job.kind
        return job

    def _guarded(self, job: ClaimedJob, step: Callable[[], T]) -> T | None:
        """Run a step of a job; what goes wrong is recorded and ends that job alone."""
        try:
            return step()
        except Exception as error:  # noqa: BLE001 - the process's edge: one job must not end it
            if self._stop.is_set():
                # It may have failed because everything is being closed; it is given back.
                return None
            self._release(job)
            try:
                self._record(job, error)
            except (LeaseLostError, DocumentGoneError):
                self._log.info("job_lost", job_id=job.id)
            except Exception:  # noqa: BLE001 - SQL is away: the lease lapses, and it begins anew
                self._log.exception("job_not_recorded", job_id=job.id)
        return None

    def _record(self, job: ClaimedJob, error: Exception) -> None:
        match error:
            case LeaseLostError() | DocumentGoneError():
                self._log.info("job_lost", job_id=job.id)
            case JobCancelledError():
                self._pipeline.cancelled(job)
            case EmbeddingError():
                self._queue.postpone(job, _POSTPONE_SECONDS, error)
            case AppError():
                self._pipeline.fail(job, error)
            case OperationalError() | InterfaceError() | OSError():
                # The database or the disk, and no fault of the document.
                self._log.warning("job_postponed", job_id=job.id, exc_info=error)
                self._queue.postpone(job, _POSTPONE_SECONDS, _AWAY)
            case _:
                self._log.error("job_failed", job_id=job.id, exc_info=error)
                reason = AppError("Something unexpected went wrong.")
                if job.attempts < MAX_ATTEMPTS:
                    self._queue.postpone(job, _RETRY_SECONDS, reason, blameless=False)
                else:
                    self._pipeline.fail(job, reason)

    def _release(self, job: ClaimedJob) -> None:
        with self._held_changed:
            self._held.pop(job.id, None)
            self._held_changed.notify_all()

    def _keep_leases(self) -> None:
        if not self._stop.wait(LEASE_SECONDS / 3):
            with self._held_changed:
                held = sorted(self._held)
            self._queue.renew(held)
            self._database.ping()
            self._beat()
