"""Keeps worker processes running beside the server.

A worker reads the pipe that is its standard input and ends at its EOF, so that it never outlives
the server, however that one dies. One that dies is started again, after a growing pause when it
keeps dying.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

import structlog

from on_prem_rag.config import child_environment

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_HEALTHY_AFTER_SECONDS = 30.0
_STOP_SECONDS = 20.0


class WorkerSupervisor:
    """Starts ``count`` workers with ``arguments`` and restarts those that die until ``stop``.

    ``environment`` is added to this process's own.
    """

    def __init__(
        self, arguments: Sequence[str], count: int, environment: Mapping[str, str]
    ) -> None:
        self._environment = child_environment(**environment)
        self._command = [sys.executable, "-m", "on_prem_rag.cli.main", *arguments]
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._threads = [
            threading.Thread(target=self._keep, args=(slot,), name=f"worker-{slot}", daemon=True)
            for slot in range(count)
        ]
        self._log = structlog.get_logger("workers")

    def start(self) -> None:
        """Start the workers without waiting for them."""
        for thread in self._threads:
            thread.start()

    @property
    def alive(self) -> int:
        """Workers running now."""
        with self._lock:
            return sum(process.poll() is None for process in self._processes.values())

    @property
    def wanted(self) -> int:
        """Workers that should be running."""
        return len(self._threads)

    def stop(self) -> None:
        """End the workers: EOF first, then SIGTERM, then SIGKILL."""
        self._stopping.set()
        with self._lock:
            processes = list(self._processes.values())
        for process in processes:
            if process.stdin is not None:
                process.stdin.close()
        for process in processes:
            _end(process)
        for thread in self._threads:
            thread.join(timeout=_STOP_SECONDS)

    def _keep(self, slot: int) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            started = time.monotonic()
            with self._lock:
                if self._stopping.is_set():
                    return
                process = subprocess.Popen(
                    self._command, stdin=subprocess.PIPE, env=self._environment
                )
                self._processes[slot] = process
            code = process.wait()
            if self._stopping.is_set():
                return
            if process.stdin is not None:
                process.stdin.close()
            self._log.warning("worker_died", slot=slot, exit_code=code, restart_in_seconds=pause)
            if time.monotonic() - started > _HEALTHY_AFTER_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            self._stopping.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.terminate()
        try:
            process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
