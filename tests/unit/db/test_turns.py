"""Processes that write into one SQLite file come one after another."""

import fcntl
import multiprocessing
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from on_prem_rag.db import session as session_module
from on_prem_rag.db.session import Database
from on_prem_rag.db.turns import Gate

ROUNDS = 20


def write_without_pause(url: str, over: Any) -> None:
    """Two threads of another process that write in turns, so that one always wants to."""
    database = Database(url)

    def write() -> None:
        while not over.is_set():
            with database.write() as session:
                session.execute(text("UPDATE counter SET value = value + 1"))
                time.sleep(0.005)

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'rag.db'}")
    with database.write() as session:
        session.execute(text("CREATE TABLE counter (value INTEGER)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))
    yield database
    database.close()


@contextmanager
def busy_process(database: Database) -> Iterator[None]:
    """Another process writes, and has begun to."""
    context = multiprocessing.get_context("spawn")
    over = context.Event()
    url = database.engine.url.render_as_string()
    process = context.Process(target=write_without_pause, args=(url, over))
    process.start()
    try:
        while value(database) < 3:
            time.sleep(0.01)
        yield
    finally:
        over.set()
        process.join()


def value(database: Database) -> int:
    with database.read() as session:
        return int(session.scalar(text("SELECT value FROM counter")) or 0)


def passed_over(database: Database) -> list[int]:
    """How many writes of others came in between, each time this process wanted to write."""
    found = []
    for _ in range(ROUNDS):
        before = value(database)
        with database.write() as session:
            found.append(int(session.scalar(text("SELECT value FROM counter")) or 0) - before)
        time.sleep(0.002)
    return found


@pytest.mark.parametrize("gated", [True, False], ids=["gated", "control"])
def test_nobody_is_passed_over_by_a_process_that_writes_without_pause(
    database: Database, monkeypatch: pytest.MonkeyPatch, gated: bool
) -> None:
    if not gated:
        monkeypatch.setattr(Gate, "passing", lambda _: nullcontext())
        monkeypatch.setattr(session_module, "wait_until", lambda *_: False)
    with busy_process(database):
        counts = passed_over(database)
    # The one under way, the one that is next, and one that comes while this process is woken.
    assert (sorted(counts)[ROUNDS * 3 // 4] <= 3) == gated, counts


def test_whoever_waits_too_long_goes_on_and_is_told_by_sqlite(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(tmp_path / "turn", 0.05)
    with (tmp_path / "turn").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with gate.passing():
            pass
    gate.close()
    monkeypatch.setattr(session_module, "_BUSY_TIMEOUT_MS", 50)
    second = Database(database.engine.url.render_as_string())
    with (
        database.write(),
        pytest.raises(OperationalError, match="database is locked"),
        second.write(),
    ):
        pass
    second.close()


def test_where_no_file_can_be_made_everyone_passes(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "missing" / "turn", 0.05)
    with gate.passing():
        pass
    gate.close()
