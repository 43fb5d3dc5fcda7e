"""Waiting for a job with its progress shown."""

from __future__ import annotations

from typing import Any

from on_prem_rag.cli.connection import ApiClient
from on_prem_rag.errors import AppError


def follow_job(client: ApiClient, job_id: str, *, quiet: bool = False) -> dict[str, Any]:
    """Show a job's stages until it ends and return it; Ctrl-C cancels it.

    Raises AppError with the job's own reason when it failed or was cancelled.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bars = Progress(
        *columns, TimeElapsedColumn(), console=Console(stderr=True), disable=quiet, transient=True
    )
    try:
        with bars:
            job = _watch(client, job_id, bars)
    except KeyboardInterrupt:
        client.json("POST", f"jobs/{job_id}/cancel")
        raise
    if job["status"] != "succeeded":
        error = job["error"] or {"message": f"The job was {job['status']}.", "hint": None}
        raise AppError(error["message"], hint=error["hint"])
    return job


def _watch(client: ApiClient, job_id: str, bars: Any) -> dict[str, Any]:
    from on_prem_rag.cli.sse import read_events

    task = bars.add_task("queued", total=None)
    job: dict[str, Any] = client.json("GET", f"jobs/{job_id}")
    with client.stream("GET", f"jobs/{job_id}/events") as response:
        for event in read_events(response):
            job = event.data
            total = job["total"] or None
            bars.update(task, description=job["stage"], completed=job["done"], total=total)
    return job
