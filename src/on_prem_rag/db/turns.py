"""Turns of processes that write into one SQLite file.

SQLite has one writer. Whoever finds it busy sleeps up to 100 ms before asking again, and a process
with several threads that write may take it again and again meanwhile. Here one process at a time
waits at SQLite's door, all others behind it, so that none is passed over: a search is recorded
between two writes of the worker.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

LOOK_SECONDS = 0.001


class Gate:
    """A lock of processes on a file beside the database; one thread at a time uses it.

    Where the file cannot be made (a full disk, a read-only one) everyone passes, and SQLite alone
    sees to it that one writes.
    """

    def __init__(self, path: Path, patience_seconds: float) -> None:
        self._path = path
        self._patience = patience_seconds
        self._file: IO[bytes] | None = None

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Wait for those who came before; after the block the next one may come.

        Whoever waits longer than ``patience_seconds`` goes on.
        """
        file = self._opened()
        if file is None:
            yield
            return
        wait_until(lambda: _locks(file), self._patience)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _opened(self) -> IO[bytes] | None:
        if self._file is None:
            with suppress(OSError):
                self._file = self._path.open("ab")
        return self._file


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Ask a thousand times a second, at most so long; returns whether it came true."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= until:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _locks(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
