"""Claiming, keeping and finishing leased jobs.

Delivery is at least once, effects are exactly once: whoever holds the current ``fence`` may write a
job's effects, in the same transaction that finishes it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from on_prem_rag.db.base import utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.errors import AppError
from on_prem_rag.jobs.holders import is_gone
from on_prem_rag.jobs.models import Job, JobKind

LEASE_SECONDS = 30.0
MAX_ATTEMPTS = 3

JobEndHook = Callable[[Session, Job], object]
"""Called in the transaction that ends a job which no worker holds, with its row."""


class LeaseLostError(Exception):
    """Another worker has taken the job over; whatever was computed must be thrown away."""


class JobCancelledError(Exception):
    """The job's owner asked for it to stop."""


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job this worker holds, with the fence that proves it.

    ``attempts`` counts this one; above 1 a worker died while it held the job.
    """

    id: str
    kind: str
    fence: int
    attempts: int
    created_by: str
    collection_id: str | None
    document_id: str | None
    version_id: str | None
    payload: dict[str, Any]


def enqueue(
    session: Session,
    kind: JobKind,
    *,
    created_by: str,
    collection_id: str | None = None,
    document_id: str | None = None,
    version_id: str | None = None,
    payload: dict[str, Any] | None = None,
    priority: int = 0,
) -> Job:
    """Add a job in the caller's transaction: it exists exactly when what it is for does."""
    job = Job(
        kind=kind,
        created_by=created_by,
        collection_id=collection_id,
        document_id=document_id,
        version_id=version_id,
        payload=payload or {},
        priority=priority,
    )
    session.add(job)
    session.flush()
    return job


def forget_jobs(session: Session, document_id: str) -> None:
    """Remove the jobs of a document about to go; a worker that holds one is asked to stop."""
    mine = Job.document_id == document_id
    finished = Job.status.not_in(("queued", "running"))
    session.execute(delete(Job).where(mine, finished))
    session.execute(update(Job).where(mine).values(cancel_requested=True))


class JobQueue:
    """The worker's side of the jobs table. ``owner`` is unique to the process.

    ``on_given_up`` is told of a job that is failed because its workers keep dying.
    """

    def __init__(
        self, database: Database, owner: str, *, on_given_up: JobEndHook | None = None
    ) -> None:
        self._database = database
        self._on_given_up = on_given_up
        self.owner = owner

    def claim(self, kinds: Collection[str]) -> ClaimedJob | None:
        """Take the next job that is free or whose lease has run out; None when there is none."""
        with self._database.write() as session:
            job = session.scalar(self._next_job(kinds))
            if job is None:
                return None
            if job.attempts >= MAX_ATTEMPTS:
                _fail_exhausted(job)
                if self._on_given_up is not None:
                    self._on_given_up(session, job)
                return None
            job.status = "running"
            job.attempts += 1
            job.fence += 1
            job.lease_owner = self.owner
            job.lease_expires_at = utc_now() + timedelta(seconds=LEASE_SECONDS)
            job.stage, job.done, job.total = "starting", 0, 0
            return ClaimedJob(
                id=job.id,
                kind=job.kind,
                fence=job.fence,
                attempts=job.attempts,
                created_by=job.created_by,
                collection_id=job.collection_id,
                document_id=job.document_id,
                version_id=job.version_id,
                payload=dict(job.payload),
            )

    def _next_job(self, kinds: Collection[str]) -> Any:
        now = utc_now()
        free = (Job.status == "queued") & (Job.available_at <= now)
        lapsed = (Job.status == "running") & (Job.lease_expires_at < now)
        return (
            select(Job)
            .where(Job.kind.in_(kinds), or_(free, lapsed))
            .order_by(Job.priority.desc(), Job.created_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )

    def renew(self, job_ids: Sequence[str]) -> set[str]:
        """Extend the leases this process holds; return the ids whose owners asked to cancel."""
        if not job_ids:
            return set()
        with self._database.write() as session:
            session.execute(
                update(Job)
                .where(Job.id.in_(job_ids), Job.lease_owner == self.owner, Job.status == "running")
                .values(lease_expires_at=utc_now() + timedelta(seconds=LEASE_SECONDS))
            )
            query = select(Job.id).where(Job.id.in_(job_ids), Job.cancel_requested)
            return set(session.scalars(query))

    def report(self, job: ClaimedJob, stage: str, done: int, total: int) -> None:
        """Show progress. Raises LeaseLostError or JobCancelledError."""
        with self._database.write() as session:
            self.show(session, job, stage, done, total)

    def show(self, session: Session, job: ClaimedJob, stage: str, done: int, total: int) -> None:
        """Show progress in a transaction that writes more. Raises as ``report`` does."""
        row = _wanted(session, job)
        row.stage, row.done, row.total = stage, done, total
        row.lease_expires_at = utc_now() + timedelta(seconds=LEASE_SECONDS)

    def complete(self, session: Session, job: ClaimedJob, result: dict[str, Any]) -> None:
        """Finish in the transaction that writes the job's effects.

        Raises LeaseLostError, and JobCancelledError when nobody wants the effects any more.
        """
        row = _wanted(session, job)
        row.status, row.stage, row.result = "succeeded", "done", result
        row.error_code = row.error_message = row.error_hint = None
        row.finished_at = utc_now()
        row.lease_owner = row.lease_expires_at = None

    def fail(self, session: Session, job: ClaimedJob, error: AppError) -> None:
        """Finish with an error that trying again would not mend. Raises LeaseLostError."""
        row = _held(session, job)
        row.status, row.finished_at = "failed", utc_now()
        row.error_code, row.error_message, row.error_hint = error.code, error.message, error.hint
        row.lease_owner = row.lease_expires_at = None

    def cancelled(self, session: Session, job: ClaimedJob) -> None:
        """Finish as cancelled. Raises LeaseLostError."""
        row = _held(session, job)
        row.status, row.finished_at = "cancelled", utc_now()
        row.lease_owner = row.lease_expires_at = None

    def postpone(
        self,
        job: ClaimedJob,
        seconds: float,
        reason: AppError | None = None,
        *,
        blameless: bool = True,
    ) -> None:
        """Give the job back for later; a blameless one's attempt is not counted."""
        with self._database.write() as session:
            row = _held(session, job)
            row.status, row.stage = "queued", "waiting"
            row.attempts -= int(blameless)
            row.available_at = utc_now() + timedelta(seconds=seconds)
            row.lease_owner = row.lease_expires_at = None
            if reason is not None:
                row.error_code, row.error_message = reason.code, reason.message
                row.error_hint = reason.hint

    def give_back(self) -> None:
        """Give everything back that this process still holds, as it ends in order."""
        with self._database.write() as session:
            session.execute(
                update(Job)
                .where(Job.lease_owner == self.owner, Job.status == "running")
                .values(
                    status="queued",
                    stage="queued",
                    attempts=Job.attempts - 1,
                    lease_owner=None,
                    lease_expires_at=None,
                )
            )


def release_gone(database: Database, *, blameless: bool) -> int:
    """Free the jobs whose holders on this machine have ended; returns how many.

    ``blameless`` says that they did not die of what they were doing: a server that starts anew
    finds the leases of workers that were killed with the one before.
    """
    with database.write() as session:
        query = select(Job).where(Job.status == "running", Job.lease_owner.is_not(None))
        rows = session.scalars(query.with_for_update(skip_locked=True))
        freed = [row for row in rows if is_gone(row.lease_owner or "")]
        for row in freed:
            row.status, row.stage = "queued", "queued"
            row.lease_owner = row.lease_expires_at = None
            row.attempts -= int(blameless)
    return len(freed)


def _wanted(session: Session, job: ClaimedJob) -> Job:
    row = _held(session, job)
    if row.cancel_requested:
        raise JobCancelledError(job.id)
    return row


def _held(session: Session, job: ClaimedJob) -> Job:
    row = session.scalar(select(Job).where(Job.id == job.id).with_for_update())
    if row is None or row.fence != job.fence or row.status != "running":
        raise LeaseLostError(job.id)
    return row


def _fail_exhausted(job: Job) -> None:
    job.status, job.finished_at = "failed", utc_now()
    job.error_code = "worker_died"
    job.error_message = f"The worker died {job.attempts} times while processing this."
    job.error_hint = "Look at the worker's log; the file may need more memory than is allowed."
    job.lease_owner = job.lease_expires_at = None
