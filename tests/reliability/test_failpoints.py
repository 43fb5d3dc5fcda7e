"""The program ends or fails at each boundary between its stores: after a restart all is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.eval_data import FULL
from tests.reliability.archive import Archive, FaultyServer, dice, of_today
from tests.reliability.launcher import BOUNDARIES
from tests.server_process import give_model, wait_for

SEEDS = 20 if FULL else 1
CASES = [(at, kind) for at in BOUNDARIES for kind in ("exit", "raise")]
CHOSEN = CASES if FULL else of_today(CASES, 2)
OFTEN = ("original synced", "original in place", "upload committed", "ready")
BY_WORKER = ("before the store", "chunks committed")
DOCUMENTS = 5

pytestmark = pytest.mark.timeout(1800)


@pytest.mark.parametrize("number", range(SEEDS))
@pytest.mark.parametrize(("at", "kind"), CHOSEN, ids=[f"{at} {kind}" for at, kind in CHOSEN])
def test_nothing_is_lost_at_a_boundary(
    tmp_path: Path, built_model: Path, at: str, kind: str, number: int
) -> None:
    give_model(built_model, tmp_path / "data")
    mark = tmp_path / "failed"
    faults = {
        "sync_threshold": 10,
        "fail_at": at,
        "fail_kind": kind,
        # Each of these is passed once a document at least; the others perhaps once in all.
        "fail_after": dice().randint(1, 4) if at in OFTEN else 1,
        "fail_mark": str(mark),
    }
    server = FaultyServer(tmp_path / "data", faults)
    try:
        server.start()
        archive, first = Archive(server), server.pid
        archive.open()
        (tmp_path / "armed").touch()
        with archive.in_use(DOCUMENTS) as ended:
            while not ended.is_set():
                keep_up(server)
                ended.wait(0.1)
        wait_for(mark.exists, f"{at} is passed", 60)
        if kind == "exit" and at not in BY_WORKER:
            wait_for(lambda: not server.is_running or server.pid != first, "it ends")
        keep_up(server)
        archive.verify()
        assert server.stop() == 0
    finally:
        server.end()


def keep_up(server: FaultyServer) -> None:
    """Start the server anew where it ended, as whatever supervises it would."""
    if not server.is_running:
        server.start()
