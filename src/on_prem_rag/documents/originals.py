"""Uploaded files, content-addressed and immutable: ``originals/<sha256>``."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from on_prem_rag.errors import AppError, PayloadTooLarge

_READ_BYTES = 1024 * 1024
_STAGED = ".staged-"


class StagedFile:
    """A file on its way in: written piece by piece, hashed on the way, kept only on ``keep``.

    Use as a context manager; leaving it without ``keep`` removes the file.
    """

    def __init__(
        self,
        directory: Path,
        max_bytes: int,
        *,
        durable: bool = True,
        refusal: AppError | None = None,
    ) -> None:
        self._durable = durable
        self._refusal = refusal
        descriptor, name = _make_locked(directory)
        self.path = Path(name)
        self._directory = directory
        self._file = os.fdopen(descriptor, "wb")
        self._finished = False
        self._digest = hashlib.sha256()
        self._max_bytes = max_bytes
        self.size_bytes = 0

    @property
    def sha256(self) -> str:
        """Hash of what was written so far, in hex."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        """Append. Raises PayloadTooLarge, or the refusal given, once the cap is passed."""
        self.size_bytes += len(data)
        if self.size_bytes > self._max_bytes:
            if self._refusal is not None:
                raise self._refusal
            limit = self._max_bytes / 1024**2
            raise PayloadTooLarge(f"The file is larger than {limit:.0f} MB.")
        self._digest.update(data)
        self._file.write(data)

    def finish(self) -> None:
        """Make what was written durable; nothing more may be written."""
        if not self._finished:
            self._file.flush()
            if self._durable:
                os.fsync(self._file.fileno())
            self._finished = True

    def keep(self) -> str:
        """Put the file under its hash, durably, and return the hash; quick after ``finish``."""
        self.finish()
        target = self._directory / self.sha256
        if not target.exists():
            self.path.chmod(0o440)
            self.path.rename(target)
            if self._durable:
                fsync_folder(self._directory)
        return self.sha256

    def __enter__(self) -> StagedFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)


class Originals:
    """The directory of original files. ``durable=False`` is for scratch data."""

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._durable = durable

    def stage(self, max_bytes: int, refusal: AppError | None = None) -> StagedFile:
        """A new file to write an upload into; ``refusal`` is raised when it grows too large."""
        return StagedFile(self._directory, max_bytes, durable=self._durable, refusal=refusal)

    def path(self, sha256: str) -> Path:
        """Where the original of this hash lies."""
        return self._directory / sha256

    @contextmanager
    def kept(self) -> Iterator[None]:
        """In this block no process removes an original; one backup holds it at a time."""
        with self._lock_file() as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def removable(self) -> Iterator[bool]:
        """Whether originals may be removed in this block; not while a backup copies them."""
        with self._lock_file() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def remove(self, sha256: str) -> None:
        """Remove an original that no version refers to any more."""
        self.path(sha256).unlink(missing_ok=True)
        fsync_folder(self._directory)

    def sweep_staged(self) -> None:
        """Remove what uploads left behind when their process died."""
        for path in self._directory.glob(f"{_STAGED}*"):
            with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)

    def hashes(self) -> Iterator[str]:
        """Hashes of every original held."""
        for path in self._directory.iterdir():
            if not path.name.startswith("."):
                yield path.name

    def _lock_file(self) -> IO[str]:
        return (self._directory / ".lock").open("a")


def _make_locked(directory: Path) -> tuple[int, str]:
    """A new file, locked while it is open: who sweeps elsewhere sees that somebody writes here."""
    while True:
        descriptor, name = tempfile.mkstemp(prefix=_STAGED, dir=directory)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if os.fstat(descriptor).st_nlink:
            return descriptor, name
        os.close(descriptor)  # swept before it was locked


def sha256_of(path: Path) -> str:
    """Hash of a file in hex, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(_READ_BYTES):
            digest.update(data)
    return digest.hexdigest()


def fsync_folder(directory: Path) -> None:
    """Make renames and removals in a folder durable."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
