"""A worker's sign of life, for who watches its container: a file that is touched as it works.

A worker listens on no port, and a process that runs may still hang.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

FRESH_SECONDS = 60.0
_FORGOTTEN_SECONDS = 24 * 3600.0


class Heartbeat:
    """The sign of life of a worker on this machine, in ``run_dir``.

    Worker processes of one machine share it; each container is a machine of its own.
    """

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._path = run_dir / f"worker-{os.uname().nodename}.alive"

    def beat(self) -> None:
        """Say that the worker works. What was left by those long gone is removed.

        A disk that takes nothing is no reason to stop working.
        """
        with suppress(OSError):
            self._run_dir.mkdir(parents=True, exist_ok=True)
            for path in self._run_dir.glob("worker-*.alive"):
                if self._age(path) > _FORGOTTEN_SECONDS:
                    path.unlink(missing_ok=True)
            self._path.touch()

    @property
    def is_fresh(self) -> bool:
        """Whether a worker of this machine gave a sign within the last minute."""
        return self._age(self._path) < FRESH_SECONDS

    @staticmethod
    def _age(path: Path) -> float:
        try:
            return time.time() - path.stat().st_mtime
        except OSError:
            return float("inf")
