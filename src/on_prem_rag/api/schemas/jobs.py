"""Bodies of background jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import Field

from on_prem_rag.api.schemas.base import Output
from on_prem_rag.jobs.models import Job

JobStatus = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class Failure(Output):
    """Why something failed, and what to do about it."""

    code: str
    message: str
    hint: str | None


class JobBody(Output):
    """A job and how far it is; ``done`` of ``total`` counts the unit of ``stage``."""

    id: str
    kind: str
    status: JobStatus
    stage: str = Field(examples=["embedding"])
    done: int
    total: int
    collection_id: str | None
    document_id: str | None
    version_id: str | None
    cancel_requested: bool
    attempts: int
    result: dict[str, Any] | None
    error: Failure | None
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, job: Job) -> Self:
        """From the job's row."""
        names = set(cls.model_fields) - {"error"}
        return cls(
            **{name: getattr(job, name) for name in names},
            error=failure(job.error_code, job.error_message, job.error_hint),
        )

    @property
    def is_finished(self) -> bool:
        """Whether it will not change any more."""
        return self.status in ("succeeded", "failed", "cancelled")


def failure(code: str | None, message: str | None, hint: str | None) -> Failure | None:
    """The stored error, None when there is none."""
    return Failure(code=code, message=message or "", hint=hint) if code else None
