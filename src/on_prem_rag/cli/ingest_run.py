"""One run of ``ingest``: upload what is new, follow the jobs, report each failure."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from on_prem_rag.cli.connection import ApiClient
from on_prem_rag.cli.ingest import LocalFile
from on_prem_rag.documents.originals import sha256_of
from on_prem_rag.errors import AppError, ServiceUnavailable

_POLL_SECONDS = 0.3


@dataclass(frozen=True)
class Failure:
    """A file that could not be taken in, and why."""

    name: str
    message: str
    hint: str | None


@dataclass
class IngestReport:
    """What came of every file."""

    collection_id: str
    created: int = 0
    replaced: int = 0
    unchanged: int = 0
    chunks: int = 0
    seconds: float = 0.0
    failures: list[Failure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def succeeded(self) -> int:
        """Files that are in the Collection now."""
        return self.created + self.replaced + self.unchanged - len(self.failures)

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        failures = [vars(failure) for failure in self.failures]
        return {**vars(self), "failures": failures, "succeeded": self.succeeded}

    def print(self) -> None:
        """For people."""
        console = Console(highlight=False, soft_wrap=True)
        for failure in self.failures:
            console.print(
                f"Failed: {failure.name}: {failure.message} {failure.hint or ''}", markup=False
            )
        console.print(
            f"{self.created} new, {self.replaced} replaced, {self.unchanged} unchanged, "
            f"{len(self.failures)} failed; {self.chunks} passages in {self.seconds:.1f} s."
        )


class IngestRun:
    """Uploads and watches at the same time, in one thread."""

    def __init__(self, client: ApiClient, collection_id: str, quiet: bool) -> None:
        self._client = client
        self._report = IngestReport(collection_id)
        self._waiting: dict[str, str] = {}
        self._last_ready: str | None = None
        self._polled = 0.0
        self._bars = Progress(
            TextColumn("{task.description:<24.24}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=quiet,
        )

    def run(self, files: Sequence[LocalFile]) -> IngestReport:
        """Take in ``files``; returns once all of them are searchable or failed."""
        started = time.monotonic()
        with self._bars:
            upload = self._bars.add_task("uploading", total=len(files))
            process = self._bars.add_task("processing", total=0)
            current = self._bars.add_task("", total=None, visible=False)
            known = self._known()
            for file in files:
                self._take(file, known)
                self._bars.advance(upload)
                self._poll(process, current)
            while self._waiting:
                time.sleep(_POLL_SECONDS)
                self._poll(process, current)
            self._bars.update(current, visible=False)
            self._wait_searchable()
        self._report.seconds = time.monotonic() - started
        return self._report

    def _known(self) -> dict[str, str]:
        """Hashes of what the Collection holds by name, so that it need not travel again."""
        known: dict[str, str] = {}
        offset = 0
        while True:
            params = {"collection_id": self._report.collection_id, "limit": 200, "offset": offset}
            page = self._client.json("GET", "documents", params=params)
            for document in page["items"]:
                if document["latest"]["status"] != "failed":
                    known[document["name"]] = document["latest"]["sha256"]
            offset += len(page["items"])
            if offset >= page["total"] or not page["items"]:
                return known

    def _take(self, file: LocalFile, known: dict[str, str]) -> None:
        try:
            if known.get(file.name) == sha256_of(file.path):
                self._report.unchanged += 1
                return
            body = self._upload(file)
        except OSError as error:
            self._fail(file.name, f"The file cannot be read: {error.strerror}.", None)
            return
        except ServiceUnavailable:
            raise
        except AppError as error:
            self._fail(file.name, error.message, error.hint)
            return
        outcome = body["outcome"]
        setattr(self._report, outcome, getattr(self._report, outcome) + 1)
        if body["job_id"] is not None:
            self._waiting[body["job_id"]] = file.name

    def _upload(self, file: LocalFile) -> dict[str, Any]:
        with file.path.open("rb") as content:
            response = self._client.post(
                f"collections/{self._report.collection_id}/documents",
                files={"file": (file.name, content)},
            )
        body: dict[str, Any] = response.json()
        return body

    def _fail(self, name: str, message: str, hint: str | None) -> None:
        self._report.failures.append(Failure(name, message, hint))

    def _poll(self, process: TaskID, current: TaskID) -> None:
        if not self._waiting or time.monotonic() - self._polled < _POLL_SECONDS:
            return
        self._polled = time.monotonic()
        # Jobs end about in the order they were queued, so only the first that has not is looked at:
        # asking after all of them would take the processor from the work itself.
        for job_id, file_name in list(self._waiting.items()):
            job = self._client.json("GET", f"jobs/{job_id}")
            if job["status"] in ("succeeded", "failed", "cancelled"):
                self._finish(job)
                continue
            self._bars.update(
                current,
                description=f"{job['stage']} {Path(file_name).name}",
                completed=job["done"],
                total=job["total"] or None,
                visible=True,
            )
            break
        report = self._report
        total = report.created + report.replaced
        self._bars.update(process, total=total, completed=total - len(self._waiting))

    def _finish(self, job: dict[str, Any]) -> None:
        name = self._waiting.pop(job["id"])
        if job["status"] == "succeeded":
            self._report.chunks += job["result"]["chunks"]
            self._last_ready = job["document_id"]
        else:
            error = job["error"] or {"message": f"The job was {job['status']}.", "hint": None}
            self._fail(name, error["message"], error["hint"])

    def _wait_searchable(self) -> None:
        """Changes are indexed in their order, so the last document stands for all before it."""
        while self._last_ready is not None:
            status = self._client.json("GET", f"documents/{self._last_ready}/status")
            if status["searchable"] or status["status"] != "ready":
                return
            time.sleep(_POLL_SECONDS)
