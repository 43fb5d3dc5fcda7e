"""Workers live and die with their server."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from on_prem_rag.jobs.supervisor import WorkerSupervisor

# Stands for a worker: notes its process id, waits for the end of its input.
CHILD = "import os,sys; open(sys.argv[1],'a').write(f'{os.getpid()}\\n'); sys.stdin.read()"


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


@pytest.fixture
def supervisor(tmp_path: Path) -> WorkerSupervisor:
    made = WorkerSupervisor([], 1, {})
    made._command = [sys.executable, "-c", CHILD, str(tmp_path / "pids")]
    return made


def pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def test_a_worker_that_dies_is_started_again(supervisor: WorkerSupervisor, tmp_path: Path) -> None:
    supervisor.start()
    try:
        wait_for(lambda: len(pids(tmp_path / "pids")) == 1)
        subprocess.run(["kill", "-9", str(pids(tmp_path / "pids")[0])], check=True)
        wait_for(lambda: len(pids(tmp_path / "pids")) == 2)
        assert supervisor.wanted == 1
        wait_for(lambda: supervisor.alive == 1)
    finally:
        supervisor.stop()


def test_stopping_ends_the_workers_by_the_end_of_their_input(
    supervisor: WorkerSupervisor, tmp_path: Path
) -> None:
    supervisor.start()
    wait_for(lambda: len(pids(tmp_path / "pids")) == 1)
    process = supervisor._processes[0]
    supervisor.stop()
    assert process.returncode == 0
    assert process.returncode != -signal.SIGTERM
    assert supervisor.alive == 0
