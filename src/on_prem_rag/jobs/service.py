"""What people may see and do about jobs."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.permissions import readable_collection_ids
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.db.base import utc_now
from on_prem_rag.errors import Conflict, JobNotFound
from on_prem_rag.jobs.models import Job
from on_prem_rag.jobs.queue import JobEndHook

_FINISHED = ("succeeded", "failed", "cancelled")


class JobService:
    """Lists, shows and cancels jobs within the caller's sight.

    A person sees jobs on Collections they may read, also their own no longer than that. Jobs on no
    Collection are seen by who started them and by administrators. ``on_cancelled`` is told of a job
    that is cancelled before its start.
    """

    def __init__(self, on_cancelled: JobEndHook | None = None) -> None:
        self._on_cancelled = on_cancelled

    def list_jobs(
        self,
        session: Session,
        caller: Caller,
        *,
        status: str | None = None,
        document_id: str | None = None,
        collection_id: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> tuple[list[Job], int]:
        """Jobs newest first, and how many there are in all."""
        query = self._visible(session, caller)
        if status is not None:
            query = query.where(Job.status == status)
        if document_id is not None:
            query = query.where(Job.document_id == document_id)
        if collection_id is not None:
            query = query.where(Job.collection_id == collection_id)
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        page = query.order_by(Job.created_at.desc(), Job.id).limit(limit).offset(offset)
        return list(session.scalars(page)), total

    def get(self, session: Session, caller: Caller, job_id: str) -> Job:
        """One job. Raises JobNotFound when it is not the caller's to see."""
        job = session.scalar(self._visible(session, caller).where(Job.id == job_id))
        if job is None:
            raise JobNotFound("There is no such job.")
        return job

    def cancel(self, session: Session, caller: Caller, job_id: str) -> Job:
        """Ask a job to stop; a queued one stops at once. Only its owner or an administrator may.

        Raises JobNotFound, or Conflict when it has finished.
        """
        job = self.get(session, caller, job_id)
        if job.created_by != caller.id and not caller.is_admin:
            raise JobNotFound("There is no such job.")
        if job.status in _FINISHED:
            raise Conflict(f"The job has already {job.status}.")
        job.cancel_requested = True
        record(session, Event.JOB_CANCELLED, target=("job", job_id), kind=job.kind)
        if job.status == "queued":
            job.status, job.finished_at = "cancelled", utc_now()
            if self._on_cancelled is not None:
                self._on_cancelled(session, job)
        return job

    def queue_length(self, session: Session) -> int:
        """Jobs waiting or running."""
        query = select(func.count()).select_from(Job).where(Job.status.in_(("queued", "running")))
        return session.scalar(query) or 0

    def counts(self, session: Session) -> dict[str, int]:
        """How many jobs wait and how many run, by status."""
        query = (
            select(Job.status, func.count())
            .where(Job.status.in_(("queued", "running")))
            .group_by(Job.status)
        )
        return dict(session.execute(query).all())

    @staticmethod
    def _visible(session: Session, caller: Caller) -> Select[Job]:
        of_none: ColumnElement[bool] = Job.collection_id.is_(None)
        if not caller.is_admin:
            of_none = and_(of_none, Job.created_by == caller.id)
        readable = readable_collection_ids(session, caller)
        return select(Job).where(or_(of_none, Job.collection_id.in_(readable)))
