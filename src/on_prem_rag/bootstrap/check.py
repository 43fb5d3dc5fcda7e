"""The check of everything: originals and stored vectors, then both indexes, against SQL."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from on_prem_rag.db.base import utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.documents.changes import last_change
from on_prem_rag.documents.check import Finding, Progress, StoredCheck
from on_prem_rag.documents.service import DocumentService
from on_prem_rag.errors import AppError, Conflict, ServiceUnavailable
from on_prem_rag.index.projector import Projector

_MOST_FINDINGS = 500
_DAY = timedelta(days=1)
_LOOK_SECONDS = 60.0
_IDLE_SECONDS = 3600.0
_STOP_SECONDS = 60.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Checked:
    """How much was looked at: versions, stored vectors (all of them only with ``read_data``),
    Collections, chunks of the lexical index and vectors of Chroma."""

    originals: int = 0
    embeddings: int = 0
    collections: int = 0
    chunks: int = 0
    vectors: int = 0


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found. ``findings`` are the first; ``inconsistencies`` counts all that are not
    repaired. ``error`` says why it did not end."""

    started_at: datetime
    finished_at: datetime
    read_data: bool
    repair: bool
    checked: Checked
    inconsistencies: int
    repaired: int
    findings: tuple[Finding, ...] = ()
    error: str | None = None

    @property
    def consistent(self) -> bool:
        """Whether it ended and everything is as SQL says, by now."""
        return self.error is None and self.inconsistencies == 0


@dataclass(frozen=True, slots=True)
class CheckState:
    """What is going on: the stage, how much of it is done, and how the last check ended."""

    running: bool
    read_data: bool
    repair: bool
    stage: str
    done: int
    total: int
    started_at: datetime | None
    last: CheckReport | None


class CheckCancelledError(Exception):
    """Somebody wants no answer any more."""


@dataclass
class _Run:
    """One check under way."""

    read_data: bool
    repair: bool
    started_at: datetime = field(default_factory=utc_now)
    place: tuple[str, int, int] = ("starting", 0, 0)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def report(self, stage: str, done: int, total: int) -> None:
        """Say how far it is. Raises CheckCancelledError."""
        self.place = (stage, done, total)
        if self.cancelled.is_set():
            raise CheckCancelledError


class CheckRunner:
    """Makes one check at a time on a thread of its own, and one a day by itself.

    ``state_file`` keeps the last report over restarts. The daily check reads no data and waits for
    an hour without changes; a day later it waits no more.
    """

    def __init__(
        self, database: Database, projector: Projector, documents: DocumentService, state_file: Path
    ) -> None:
        self._database = database
        self._projector = projector
        self._documents = documents
        self._state_file = state_file
        self._lock = threading.Lock()
        self._run: _Run | None = None
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()
        self.last: CheckReport | None = _read_report(state_file)

    def start(self, *, read_data: bool = False, repair: bool = False) -> CheckState:
        """Begin a check. Raises Conflict while one runs."""
        with self._lock:
            if self._run is not None:
                raise Conflict(
                    "A check is running.", hint="Wait for its end, or cancel it, and try again."
                )
            if self._closing.is_set():
                raise ServiceUnavailable("The server is being stopped.")
            run = self._run = _Run(read_data, repair)
            thread = threading.Thread(target=self._work, args=(run,), name="check", daemon=True)
            self._threads = [each for each in self._threads if each.is_alive()] + [thread]
            thread.start()
        return self.state()

    def cancel(self) -> CheckState:
        """Ask the check under way to end without a report."""
        run = self._run
        if run is not None:
            run.cancelled.set()
        return self.state()

    def state(self) -> CheckState:
        """What is going on at this moment."""
        run = self._run
        if run is None:
            return CheckState(False, False, False, "", 0, 0, None, self.last)
        stage, done, total = run.place
        started_at = run.started_at
        return CheckState(
            True, run.read_data, run.repair, stage, done, total, started_at, self.last
        )

    def start_schedule(self) -> None:
        """Check daily from now on."""
        thread = threading.Thread(target=self._keep_schedule, name="check-schedule", daemon=True)
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """End the schedule and the check under way."""
        self._closing.set()
        self.cancel()
        for thread in self._threads:
            thread.join(_STOP_SECONDS)

    def _work(self, run: _Run) -> None:
        try:
            report = run_check(
                self._database,
                self._projector,
                self._documents,
                run.report,
                read_data=run.read_data,
                repair=run.repair,
            )
        except CheckCancelledError:
            _log.info("check_cancelled")
        else:
            self.last = report
            _log_report(report)
            try:
                _write_report(self._state_file, report)
            except OSError:
                _log.exception("check_report_not_kept")
        finally:
            with self._lock:
                self._run = None

    def _keep_schedule(self) -> None:
        schedule = Schedule()
        while not self._closing.wait(_LOOK_SECONDS):
            try:
                with self._database.read() as session:
                    change = last_change(session)
                if schedule.is_due(self.last, change, utc_now(), time.monotonic()):
                    self.start()
            except Exception:  # noqa: BLE001 - a thread's edge: SQL may be away for a while
                _log.exception("scheduled_check_failed")


class Schedule:
    """When the daily check is due; told the last change number again and again."""

    def __init__(self) -> None:
        self._change = -1
        self._changed_at = 0.0
        self._waits_since: float | None = None

    def is_due(
        self, last: CheckReport | None, change: int, now: datetime, monotonic: float
    ) -> bool:
        """Whether to begin: a day since the last one, and an hour without changes or another day.

        A last one in the future was noted by a clock that was wrong.
        """
        if change != self._change:
            self._change, self._changed_at = change, monotonic
        if last is not None and timedelta() <= now - last.finished_at < _DAY:
            self._waits_since = None
            return False
        if self._waits_since is None:
            self._waits_since = monotonic
        idle = monotonic - self._changed_at >= _IDLE_SECONDS
        due = idle or monotonic - self._waits_since >= _DAY.total_seconds()
        if due:
            # One that fails to end is not begun again every minute.
            self._changed_at, self._waits_since = monotonic, None
        return due


def run_check(
    database: Database,
    projector: Projector,
    documents: DocumentService,
    progress: Progress,
    *,
    read_data: bool = False,
    repair: bool = False,
    seed: int | None = None,
) -> CheckReport:
    """Compare everything with SQL and return what was found; what ``progress`` raises ends it.

    ``seed`` draws the sampled vectors, by chance when None. A part that cannot be compared ends the
    check and is named in the report's ``error``.
    """
    from on_prem_rag.index.check import IndexCheck  # noqa: PLC0415 - imports Chroma

    began = utc_now()
    stored = StoredCheck(database, documents)
    index = IndexCheck(database, projector, seed=seed)

    def found() -> Iterator[Finding]:
        yield from stored.check_originals(progress, read_data=read_data)
        yield from stored.check_orphans(progress, repair=repair)
        yield from stored.check_embeddings(progress, read_data=read_data, repair=repair)
        yield from index.run(progress, read_data=read_data, repair=repair)

    findings: list[Finding] = []
    wrong = repaired = 0
    error = None
    try:
        for finding in found():
            wrong += not finding.repaired
            repaired += finding.repaired
            if len(findings) < _MOST_FINDINGS:
                findings.append(finding)
    except AppError as problem:
        error = problem.message
    except CheckCancelledError:
        raise
    except Exception as problem:  # noqa: BLE001 - a thread's edge: the report says so
        _log.exception("check_failed")
        error = f"It failed with {type(problem).__name__}; see the log."
    checked = Checked(
        stored.originals, stored.vectors, index.collections, index.chunks, index.vectors
    )
    return CheckReport(
        started_at=began,
        finished_at=utc_now(),
        read_data=read_data,
        repair=repair,
        checked=checked,
        inconsistencies=wrong,
        repaired=repaired,
        findings=tuple(findings),
        error=error,
    )


def _log_report(report: CheckReport) -> None:
    write = _log.info if report.consistent else _log.error
    write(
        "checked",
        inconsistencies=report.inconsistencies,
        repaired=report.repaired,
        error=report.error,
        seconds=round((report.finished_at - report.started_at).total_seconds(), 1),
    )


def _write_report(path: Path, report: CheckReport) -> None:
    values = asdict(replace(report, findings=()))
    values["findings"] = [asdict(finding) for finding in report.findings]
    staged = path.with_name(f"{path.name}.new")
    staged.write_text(json.dumps(values, default=datetime.isoformat))
    staged.replace(path)


def _read_report(path: Path) -> CheckReport | None:
    """The last report; None before the first and when it cannot be read."""
    try:
        values: dict[str, Any] = json.loads(path.read_text())
        names = {each.name for each in fields(CheckReport)}
        known = {name: value for name, value in values.items() if name in names}
        for name in ("started_at", "finished_at"):
            known[name] = datetime.fromisoformat(known[name])
        known["checked"] = Checked(**known["checked"])
        known["findings"] = tuple(
            Finding(**{**found, "ids": tuple(found["ids"])}) for found in known["findings"]
        )
        return CheckReport(**known)
    except (OSError, ValueError, KeyError, TypeError):
        return None
