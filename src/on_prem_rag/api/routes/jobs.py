"""Background jobs and their progress."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from on_prem_rag.access.caller import Caller
from on_prem_rag.api.dependencies import ApplianceDep, ReaderDep, WriterDep
from on_prem_rag.api.middleware.bounds import lift_bounds
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN, error_examples
from on_prem_rag.api.schemas.base import Id, Limit, Offset, Page
from on_prem_rag.api.schemas.jobs import JobBody, JobStatus
from on_prem_rag.api.sse import EventStream, event, open_stream, stream_docs
from on_prem_rag.bootstrap.appliance import Appliance

router = APIRouter(prefix=f"{API}/jobs", tags=["jobs"], responses=SIGNED_IN)
_NOT_FOUND = error_examples(404)
_Filter = Annotated[str | None, Query(max_length=64, pattern=r"^[^\x00]*$")]
POLL_SECONDS = 0.25


@router.get("", summary="List jobs")
def list_jobs(
    caller: ReaderDep,
    appliance: ApplianceDep,
    status: JobStatus | None = None,
    document_id: _Filter = None,
    collection_id: _Filter = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[JobBody]:
    """A page of the jobs within the caller's sight, newest first."""
    with appliance.database.read() as session:
        jobs, total = appliance.jobs.list_jobs(
            session,
            caller,
            status=status,
            document_id=document_id,
            collection_id=collection_id,
            limit=limit,
            offset=offset,
        )
        items = [JobBody.of(job) for job in jobs]
    return Page(items=items, total=total, limit=limit, offset=offset)


@router.get("/{job_id}", summary="Show a job", responses=_NOT_FOUND)
def get_job(job_id: Id, caller: ReaderDep, appliance: ApplianceDep) -> JobBody:
    """One job and how far it is."""
    with appliance.database.read() as session:
        return JobBody.of(appliance.jobs.get(session, caller, job_id))


@router.post("/{job_id}/cancel", summary="Stop a job", responses=error_examples(404, 409))
def cancel_job(job_id: Id, caller: WriterDep, appliance: ApplianceDep) -> JobBody:
    """Ask a job to stop; a queued one stops at once."""
    with appliance.database.write() as session:
        return JobBody.of(appliance.jobs.cancel(session, caller, job_id))


@router.get(
    "/{job_id}/events",
    summary="Follow a job",
    response_class=StreamingResponse,
    response_model=None,
    responses={**_NOT_FOUND, **stream_docs("`progress` events with the job, then one `done`.")},
)
async def follow_job(
    job_id: Id,
    caller: ReaderDep,
    appliance: ApplianceDep,
    request: Request,
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
) -> EventStream:
    """The job each time it changes, until it is finished. Ids tell which change was seen."""
    lift_bounds(request)
    return await open_stream(_progress(appliance, caller, job_id, last_event_id))


async def _progress(
    appliance: Appliance, caller: Caller, job_id: str, seen: str | None
) -> AsyncGenerator[ServerSentEvent]:
    while not appliance.draining:
        job = await run_in_threadpool(get_job, job_id, caller, appliance)
        mark = str(int(job.updated_at.timestamp() * 1_000_000))
        if job.is_finished:
            yield event("done", job.model_dump(mode="json"), number=mark)
            return
        if mark != seen:
            seen = mark
            yield event("progress", job.model_dump(mode="json"), number=mark)
        await asyncio.sleep(POLL_SECONDS)
