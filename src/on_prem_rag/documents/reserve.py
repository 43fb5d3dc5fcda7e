"""Room on the disk that is kept for what must still be written when it is full.

Who reads what is recorded before it is shown, so on a full disk nothing could be read. A file of
some size lies on the data's disk for that moment: it is given up when the disk runs full, and is
made again once there is room. Meanwhile nothing new is taken in.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

import structlog

from on_prem_rag.errors import ServiceUnavailable

SIZE_BYTES = 16 * 1024**2
"""Some thousand searches, sign-ins and questions."""
_log = structlog.get_logger(__name__)


class Reserve:
    """The file at ``path``; every process that works on the same disk may have one of these."""

    def __init__(self, path: Path, size_bytes: int = SIZE_BYTES) -> None:
        self._path = path
        self._size = size_bytes

    @property
    def is_held(self) -> bool:
        """Whether there is something to give up."""
        return self._path.exists()

    @property
    def is_short(self) -> bool:
        """Whether there is too little room to take anything in."""
        return self._free() < 2 * self._size

    def require_room(self) -> None:
        """Raise ServiceUnavailable while the disk is too full to take anything in."""
        if self.is_short:
            raise ServiceUnavailable("The server's disk is full.")

    def tend(self) -> None:
        """Give the file up when the disk runs full, make it when there is room again."""
        if self.is_held:
            if self._free() < self._size // 2:
                self.release()
        elif self._free() > 4 * self._size:
            with suppress(OSError):
                self._make()

    def release(self) -> None:
        """Give the file up: the disk is full."""
        if self.is_held:
            self.close()
            _log.error("disk_full", hint="Make room; nothing is taken in until there is some.")

    def close(self) -> None:
        """Remove the file: nobody works on the disk any more."""
        self._path.unlink(missing_ok=True)

    def _make(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_name(f".{self._path.name}-{os.getpid()}")
        try:
            with partial.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
            partial.replace(self._path)
        finally:
            partial.unlink(missing_ok=True)

    def _free(self) -> int:
        place = self._path.parent if self._path.parent.exists() else self._path.parent.parent
        return shutil.disk_usage(place).free
