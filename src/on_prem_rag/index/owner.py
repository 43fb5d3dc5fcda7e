"""Which process owns an index directory: a slot taken by a lock that dies with its holder."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import socket
from contextlib import suppress
from pathlib import Path

from on_prem_rag.db.base import new_id
from on_prem_rag.errors import DataDirectoryInUse

_CLEAN_MARK = "closed-cleanly"
_ROOM_BYTES = 4 * 1024**2


class IndexSlot:
    """One of the directories ``<index>/<n>`` that this process alone writes to.

    The lock is the kernel's (flock): it is free again the moment the process is gone, however it
    went. Taking a slot also raises the limit of open files, as each Chroma collection holds five.
    """

    def __init__(self, directory: Path, descriptor: int, *, was_closed_cleanly: bool) -> None:
        self.directory = directory
        self.was_closed_cleanly = was_closed_cleanly
        """Whether the last owner closed its indexes; if not, they are probed before use."""
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(cls, index_dir: Path, slots: int) -> IndexSlot:
        """Take the first free slot. Raises DataDirectoryInUse naming the holders' process ids."""
        holders = []
        for number in range(1, slots + 1):
            try:
                return cls.acquire_numbered(index_dir, number)
            except DataDirectoryInUse as error:
                holders.append(error)
        if len(holders) == 1:
            raise holders[0]
        raise DataDirectoryInUse(f"All {slots} index slots under {index_dir} are in use.")

    @classmethod
    def acquire_numbered(cls, index_dir: Path, number: int) -> IndexSlot:
        """Take this slot. Raises DataDirectoryInUse naming the holder's process id."""
        directory = index_dir / str(number)
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _read_holder(descriptor)
            os.close(descriptor)
            if error.errno not in {errno.EWOULDBLOCK, errno.EACCES}:
                raise
            raise DataDirectoryInUse(
                f"The index under {index_dir} is in use by process {holder}."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        _raise_open_files_limit()
        return cls(directory, descriptor, was_closed_cleanly=_take_mark(directory))

    @property
    def name(self) -> str:
        """Where it is, for people: the host and the slot's number."""
        return f"{socket.gethostname()}/{self.directory.name}"

    @property
    def place(self) -> str:
        """The id of this directory, made at first; it goes with the directory."""
        path = self.directory / "place"
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            path.write_text(new_id())
            return path.read_text()

    def mark_clean(self) -> None:
        """Say that every index was closed; call it last before ``release``."""
        (self.directory / _CLEAN_MARK).touch()

    def release(self) -> None:
        """Give the slot back; a second call does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def has_room(directory: Path) -> bool:
    """Whether a file of some size can be written here: the disk is not full, and takes writes."""
    path = directory / ".room"
    try:
        with path.open("wb") as file:
            file.write(bytes(_ROOM_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        return False
    finally:
        with suppress(OSError):
            path.unlink()
    return True


def _read_holder(descriptor: int) -> str:
    return os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"


def _take_mark(directory: Path) -> bool:
    try:
        (directory / _CLEAN_MARK).unlink()
    except FileNotFoundError:
        # A directory nobody wrote to yet has nothing to distrust.
        return not any(path.name != "lock" for path in directory.iterdir())
    return True


def _raise_open_files_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
