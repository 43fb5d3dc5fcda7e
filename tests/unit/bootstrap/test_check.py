"""One check at a time, its report kept over restarts, and one a day."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.index_rows import IndexRows
from tests.server_process import wait_for

from on_prem_rag.bootstrap import check as module
from on_prem_rag.bootstrap.check import CheckReport, CheckRunner, Schedule, run_check
from on_prem_rag.db.base import utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.documents.check import Progress
from on_prem_rag.documents.originals import Originals
from on_prem_rag.documents.repository import DocumentRepository
from on_prem_rag.documents.service import DocumentService
from on_prem_rag.errors import Conflict
from on_prem_rag.index.owner import IndexSlot
from on_prem_rag.index.projector import Projector

HOUR, DAY = 3600.0, 86400.0


@pytest.fixture
def rows(database_url: str) -> Iterator[IndexRows]:
    database = Database(database_url)
    yield IndexRows(database)
    database.close()


@pytest.fixture
def parts(rows: IndexRows, tmp_path: Path) -> Iterator[tuple[Database, Projector, DocumentService]]:
    rows.model()
    rows.publish(rows.collection(), "a", ["one"])
    slot = IndexSlot.acquire(tmp_path / "index", 1)
    projector = Projector(rows.database, slot)
    documents = DocumentService(Originals(tmp_path / "originals"), DocumentRepository())
    yield rows.database, projector, documents
    projector.close()
    slot.release()


Parts = tuple[Database, Projector, DocumentService]


def test_a_report_counts_what_was_found(parts: Parts) -> None:
    report = run_check(*parts, lambda *_: None)
    # The rows were written without a file.
    assert [(f.store, f.kind) for f in report.findings] == [("originals", "missing")]
    assert (report.inconsistencies, report.repaired, report.error) == (1, 0, None)
    assert not report.consistent
    checked = report.checked
    assert (checked.originals, checked.chunks, checked.vectors, checked.collections) == (1, 1, 1, 1)


def test_what_goes_wrong_ends_the_check_and_is_said(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise OSError("the directory is away")

    monkeypatch.setattr(module.StoredCheck, "check_orphans", failing)
    report = run_check(*parts, lambda *_: None)
    assert report.error == "It failed with OSError; see the log."
    assert not report.consistent


def test_one_runs_at_a_time_and_can_be_cancelled(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go_on = threading.Event(), threading.Event()
    real = run_check

    def slow(
        database: Database,
        projector: Projector,
        documents: DocumentService,
        progress: Progress,
        **options: bool,
    ) -> CheckReport:
        progress("originals", 3, 7)
        reached.set()
        go_on.wait(30)
        return real(database, projector, documents, progress, **options)

    monkeypatch.setattr(module, "run_check", slow)
    runner = CheckRunner(*parts, tmp_path / "last.json")
    runner.start(read_data=True)
    reached.wait(30)
    state = runner.state()
    assert (state.running, state.stage, state.done, state.total) == (True, "originals", 3, 7)
    with pytest.raises(Conflict):
        runner.start()
    runner.cancel()
    go_on.set()
    wait_for(lambda: not runner.state().running, "it is cancelled")
    assert runner.last is None
    runner.start()
    wait_for(lambda: runner.last, "it ends")
    runner.close()


def test_a_report_is_kept_over_restarts(parts: Parts, tmp_path: Path) -> None:
    runner = CheckRunner(*parts, tmp_path / "last.json")
    runner.start(read_data=True, repair=True)
    first = wait_for(lambda: runner.last, "it ends")
    runner.close()
    assert CheckRunner(*parts, tmp_path / "last.json").last == first
    (tmp_path / "last.json").write_text("cut")
    assert CheckRunner(*parts, tmp_path / "last.json").last is None


def test_it_is_due_daily_in_an_idle_hour() -> None:
    schedule, now = Schedule(), utc_now()
    assert not schedule.is_due(None, 5, now, 0)
    assert not schedule.is_due(None, 6, now, HOUR - 60), "something changed"
    assert not schedule.is_due(None, 6, now, HOUR)
    assert schedule.is_due(None, 6, now, 2 * HOUR)
    assert not schedule.is_due(None, 6, now, 2 * HOUR + 60), "it was begun a minute ago"
    report = CheckReport(now, now, False, False, module.Checked(), 0, 0)
    assert not schedule.is_due(report, 6, now + timedelta(hours=23), 9 * HOUR)
    assert schedule.is_due(report, 6, now + timedelta(hours=25), 10 * HOUR)


def test_where_it_is_never_idle_it_waits_a_day_and_no_more() -> None:
    schedule, now = Schedule(), utc_now()
    due = [schedule.is_due(None, n, now, n * HOUR / 2) for n in range(50)]
    assert due.index(True) == DAY / (HOUR / 2)


def test_a_report_from_the_future_does_not_put_it_off() -> None:
    now = utc_now()
    report = CheckReport(now, now, False, False, module.Checked(), 0, 0)
    wrong = replace(report, finished_at=now + timedelta(days=400))
    schedule = Schedule()
    schedule.is_due(wrong, 1, now, 0)
    assert schedule.is_due(wrong, 1, now, 2 * HOUR)
