"""The worker: takes leased jobs until its parent goes or it is told to stop.

One thread prepares documents ahead (parsing runs in children), the caller's embeds and stores them,
one does the long jobs (embedding anew, evaluations), and one keeps the leases.
"""

from __future__ import annotations

import queue as queues
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

import structlog

from on_prem_rag.db.session import Database
from on_prem_rag.documents.generations import register_model, serve_again
from on_prem_rag.errors import AppError, EmbeddingError
from on_prem_rag.ingest.pipeline import DocumentGoneError, IngestPipeline, Prepared
from on_prem_rag.jobs.queue import (
    LEASE_SECONDS,
    ClaimedJob,
    JobCancelledError,
    JobQueue,
    LeaseLostError,
)
from on_prem_rag.llm.embedders import EmbedderPool

_IDLE_SECONDS = 0.25
_AHEAD = 8
"""Documents prepared and waiting; enough to keep the embedder busy, little enough memory."""
_GROUP_CHUNKS = 64
_POSTPONE_SECONDS = 10.0

T = TypeVar("T")
LongJob = Callable[[ClaimedJob], None]
"""Runs a whole job, the finish included; raises AppError to fail it."""


class Worker:
    """Runs until ``stop`` is set. ``long_jobs`` maps a job's kind to what runs it."""

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        pipeline: IngestPipeline,
        embedders: EmbedderPool,
        long_jobs: Mapping[str, LongJob],
    ) -> None:
        self._database = database
        self._queue = queue
        self._pipeline = pipeline
        self._embedders = embedders
        self._long_jobs = long_jobs
        self._ahead: queues.Queue[Prepared] = queues.Queue(_AHEAD)
        self._held: set[str] = set()
        self._held_lock = threading.Lock()
        self._stop = threading.Event()
        self._log = structlog.get_logger("worker")

    def stop(self) -> None:
        """Ask the worker to end after what it is doing; leases of the rest lapse."""
        self._stop.set()

    def run(self) -> None:
        """Work until ``stop``."""
        if not self._register_model():
            return
        threads = [
            threading.Thread(target=target, name=target.__name__.strip("_"), daemon=True)
            for target in (self._prepare_ahead, self._run_long_jobs, self._keep_leases)
        ]
        for thread in threads:
            thread.start()
        while not self._stop.is_set():
            group = self._next_group()
            if group:
                self._finish_group(group)
        for thread in threads:
            thread.join(timeout=2 * LEASE_SECONDS)

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

    def _prepare_ahead(self) -> None:
        while not self._stop.is_set():
            job = self._claim(["ingest"])
            if job is None:
                continue
            prepared = self._guarded(job, partial(self._pipeline.prepare, job))
            while prepared is not None and not self._stop.is_set():
                try:
                    self._ahead.put(prepared, timeout=_IDLE_SECONDS)
                    break
                except queues.Full:
                    continue

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

    def _run_long_jobs(self) -> None:
        while not self._stop.is_set():
            job = self._claim(list(self._long_jobs))
            if job is not None:
                self._guarded(job, partial(self._long_jobs[job.kind], job))
                self._release(job)

    def _claim(self, kinds: list[str]) -> ClaimedJob | None:
        job = self._queue.claim(kinds)
        if job is None:
            self._stop.wait(_IDLE_SECONDS)
            return None
        with self._held_lock:
            self._held.add(job.id)
        return job

    def _guarded(self, job: ClaimedJob, step: Callable[[], T]) -> T | None:
        """Run a step of a job; what goes wrong is recorded and ends that job alone."""
        try:
            return step()
        except Exception as error:  # noqa: BLE001 - the process's edge: one job must not end it
            self._release(job)
            try:
                self._record(job, error)
            except (LeaseLostError, DocumentGoneError):
                self._log.info("job_lost", job_id=job.id)
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
            case _:
                self._log.error("job_failed", job_id=job.id, exc_info=error)
                self._pipeline.fail(job, AppError("Something unexpected went wrong."))

    def _release(self, job: ClaimedJob) -> None:
        with self._held_lock:
            self._held.discard(job.id)

    def _keep_leases(self) -> None:
        while not self._stop.wait(LEASE_SECONDS / 3):
            with self._held_lock:
                held = sorted(self._held)
            self._queue.renew(held)
