"""The directory that holds snapshots.

``objects/<sha256>`` (with ``.age`` when sealed) are originals, each once; ``snapshots/<name>.json``
says what a snapshot is to whoever has no key, ``<name>.objects`` which objects it needs, and the
archive beside them makes it one: it comes last and goes first.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from on_prem_rag.backup.errors import (
    BackupRunning,
    SnapshotBroken,
    SnapshotForeign,
    SnapshotNotFound,
    SnapshotTooNew,
)
from on_prem_rag.backup.manifest import is_snapshot_name
from on_prem_rag.backup.seal import SUFFIX
from on_prem_rag.db.base import new_id, utc_now
from on_prem_rag.documents.originals import fsync_folder
from on_prem_rag.errors import ConfigurationError

PARTIAL = ".partial"
_ARCHIVE = ".tar.zst"
_HASH_BYTES = 32
_FORMAT = 1


class Snapshot(BaseModel):
    """What is told of a snapshot without opening it; ``size`` and ``sha256`` are the archive's.

    ``new_bytes`` is what it added to the repository, ``verified_at`` when it was last read back,
    ``restored_at`` when it was last restored somewhere and found whole.
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    created_at: datetime
    format: int
    version: str
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    encrypted: bool
    objects: int = Field(ge=0)
    object_bytes: int = Field(ge=0)
    new_bytes: int = Field(ge=0)
    seconds: float
    lost: int = 0
    verified_at: datetime | None = None
    restored_at: datetime | None = None
    restore_seconds: float | None = None


class Repository:
    """Snapshots under ``root``. Reading needs no lock; whatever writes holds ``lock``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.objects = root / "objects"
        self.snapshots = root / "snapshots"

    @property
    def id(self) -> str:
        """The id made with the repository. Raises SnapshotForeign or SnapshotTooNew."""
        return str(self._read()["id"])

    def _read(self) -> dict[str, Any]:
        try:
            read: dict[str, Any] = json.loads((self.root / "repository.json").read_text())
            number, _ = read["format"], (read["id"], read["encrypted"])
        except (OSError, ValueError, KeyError, TypeError):
            raise SnapshotForeign(
                f"{self.root} is no backup repository.",
                hint="Name the folder that BACKUP_DIR names, or make a backup first.",
            ) from None
        if number != _FORMAT:
            raise SnapshotTooNew(f"The repository has format {number}; this knows {_FORMAT}.")
        return read

    def create(self, *, encrypted: bool) -> None:
        """Make the folders, if they are not there yet, for this user alone.

        Raises SnapshotForeign, and ConfigurationError when what is there is encrypted and this is
        not to be, or the other way round.
        """
        for path in (self.root, self.objects, self.snapshots):
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (self.root / "repository.json").exists():
            if any(self.snapshots.iterdir()) or any(self.objects.iterdir()):
                raise SnapshotForeign(f"{self.root} holds snapshots, but no repository.json.")
            told = {
                "format": _FORMAT,
                "id": new_id(),
                "created_at": utc_now().isoformat(),
                "encrypted": encrypted,
            }
            write_durably(self.root / "repository.json", json.dumps(told).encode())
        if self._read()["encrypted"] is not encrypted:
            kind = "not encrypted" if encrypted else "encrypted"
            raise ConfigurationError(
                f"The snapshots in {self.root} are {kind}, and BACKUP_RECIPIENTS says otherwise.",
                hint="Name an empty folder with BACKUP_DIR, or set BACKUP_RECIPIENTS as it was.",
            )

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only one who writes. Raises BackupRunning; the kernel ends it with the process."""
        with open(self.root / "lock", "ab", opener=_private) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupRunning(f"Another backup or prune works in {self.root}.") from None
            yield

    def list_snapshots(self) -> list[Snapshot]:
        """Every snapshot, oldest first. Raises SnapshotForeign when this is no repository."""
        _ = self.id
        names = {path.name.partition(".")[0] for path in self.snapshots.iterdir()}
        found = [name for name in sorted(names) if is_snapshot_name(name) and self._archives(name)]
        return [self.get(name) for name in found]

    def get(self, name: str) -> Snapshot:
        """A snapshot. Raises SnapshotNotFound, or SnapshotBroken when its description is."""
        if not is_snapshot_name(name) or not self._archives(name):
            raise SnapshotNotFound(f"There is no snapshot {name}.")
        try:
            snapshot = Snapshot.model_validate_json(self._beside(name, ".json").read_bytes())
        except (OSError, ValidationError):
            raise SnapshotBroken(f"{name}.json is missing or damaged.") from None
        if snapshot.name != name:
            raise SnapshotBroken(f"{name}.json tells of another snapshot.")
        return snapshot

    def newest(self) -> Snapshot:
        """The newest snapshot. Raises SnapshotNotFound."""
        found = self.list_snapshots()
        if not found:
            raise SnapshotNotFound(f"There is no snapshot in {self.root}.")
        return found[-1]

    def archive(self, name: str) -> Path:
        """Where a snapshot's archive lies. Raises SnapshotNotFound or SnapshotBroken."""
        archives = self._archives(name)
        if len(archives) > 1:
            raise SnapshotBroken(f"There are two archives of {name}.")
        if not archives:
            raise SnapshotNotFound(f"There is no snapshot {name}.")
        return archives[0]

    def archive_target(self, name: str, *, encrypted: bool) -> Path:
        """Where its archive will lie."""
        return self.snapshots / f"{name}{_ARCHIVE}{SUFFIX if encrypted else ''}"

    def put(self, snapshot: Snapshot) -> None:
        """Write what is told of a snapshot."""
        body = snapshot.model_dump_json(indent=1).encode()
        write_durably(self._beside(snapshot.name, ".json"), body)

    def put_objects(self, name: str, hashes: list[str]) -> None:
        """Note which objects a snapshot needs, before it is one."""
        packed = b"".join(bytes.fromhex(sha256) for sha256 in sorted(hashes))
        write_durably(self._beside(name, ".objects"), packed)

    def objects_of(self, name: str) -> set[str]:
        """The hashes of the objects a snapshot needs. Raises SnapshotBroken."""
        try:
            packed = self._beside(name, ".objects").read_bytes()
        except OSError:
            raise SnapshotBroken(f"{name}.objects is missing.") from None
        if len(packed) % _HASH_BYTES:
            raise SnapshotBroken(f"{name}.objects is damaged.")
        starts = range(0, len(packed), _HASH_BYTES)
        return {packed[start : start + _HASH_BYTES].hex() for start in starts}

    def remove(self, name: str) -> None:
        """Remove a snapshot; its objects are ``prune``'s."""
        self.archive(name).unlink()
        for suffix in (".json", ".objects"):
            self._beside(name, suffix).unlink(missing_ok=True)
        fsync_folder(self.snapshots)

    def object_path(self, sha256: str) -> Path | None:
        """Where an object lies, sealed or not; None where it does not."""
        for path in (self.objects / sha256, self.objects / f"{sha256}{SUFFIX}"):
            if path.exists():
                return path
        return None

    def clean(self) -> None:
        """Remove what a backup that was killed left behind; call it with the lock."""
        for folder in (self.objects, self.snapshots, self.root):
            for path in folder.glob(f"*{PARTIAL}"):
                path.unlink(missing_ok=True)
        for path in self.snapshots.iterdir():
            name = path.name.partition(".")[0]
            if is_snapshot_name(name) and not self._archives(name):
                path.unlink(missing_ok=True)

    def free_bytes(self) -> int:
        """Free space on its disk."""
        return shutil.disk_usage(self.root).free

    def _archives(self, name: str) -> list[Path]:
        both = (self.archive_target(name, encrypted=sealed) for sealed in (False, True))
        return [path for path in both if path.exists()]

    def _beside(self, name: str, suffix: str) -> Path:
        return self.snapshots / f"{name}{suffix}"


def write_durably(path: Path, data: bytes) -> None:
    """Replace a file as a whole, 0600, so that a crash leaves the old one or the new one."""
    partial = path.with_name(f"{path.name}{PARTIAL}")
    with open(partial, "wb", opener=_private) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    publish(partial, path)


def publish(partial: Path, path: Path) -> None:
    """Give a written and synced file its name, durably."""
    partial.replace(path)
    fsync_folder(path.parent)


def open_private(path: Path) -> Any:
    """Open a new file that only this user reads."""
    return open(path, "wb", opener=_private)


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
