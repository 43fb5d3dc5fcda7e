"""The job that runs golden sets."""

from __future__ import annotations

import json
import time
from pathlib import Path

from on_prem_rag.bootstrap.scratch import open_scratch
from on_prem_rag.config import Settings
from on_prem_rag.db.session import Database
from on_prem_rag.errors import InvalidInput
from on_prem_rag.evaluate.datasets import find_sets, load_set
from on_prem_rag.evaluate.report import as_json, as_markdown
from on_prem_rag.evaluate.runner import Evaluator, Progress
from on_prem_rag.jobs.queue import ClaimedJob, JobQueue

_REPORT_SECONDS = 0.5


class EvaluationJob:
    """Runs the sets named in a job's payload and leaves the report in its result."""

    def __init__(self, settings: Settings, database: Database, queue: JobQueue) -> None:
        self._settings = settings
        self._database = database
        self._queue = queue
        self._reported = 0.0

    def __call__(self, job: ClaimedJob) -> None:
        """Run to the end. Raises InvalidInput, LeaseLostError or JobCancelledError."""
        root = Path(job.payload["path"])
        wanted = set(job.payload.get("sets") or ())
        folders = {_name(root, folder): folder for folder in find_sets(root)}
        unknown = wanted - set(folders)
        if unknown or not folders:
            known = ", ".join(folders) or "none"
            raise InvalidInput(
                f"There is no golden set {', '.join(sorted(unknown)) or 'here'}.",
                hint=f"In this folder there are: {known}.",
            )
        sets = [load_set(path) for name, path in folders.items() if not wanted or name in wanted]
        evaluator = Evaluator(
            lambda: open_scratch(self._settings),
            progress=lambda progress: self._report(job, progress),
        )
        report = evaluator.run(sets)
        result = {"report": json.loads(as_json(report)), "markdown": as_markdown(report)}
        with self._database.write() as session:
            self._queue.complete(session, job, result)

    def _report(self, job: ClaimedJob, progress: Progress) -> None:
        """Progress is told too often to be written each time; a cancelled job raises here."""
        now = time.monotonic()
        if now - self._reported >= _REPORT_SECONDS:
            self._reported = now
            stage = f"{progress.set_name}: {progress.stage}"[:32]
            self._queue.report(job, stage, progress.done, progress.total)


def _name(root: Path, folder: Path) -> str:
    return folder.relative_to(root).as_posix() if folder != root else folder.name
