"""Checking, pruning and carrying snapshots."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from on_prem_rag.audit.receipts import Retention
from on_prem_rag.backup.archive import Progress, read_archive, silent
from on_prem_rag.backup.errors import SnapshotBroken
from on_prem_rag.backup.manifest import Manifest, is_snapshot_name, snapshot_time
from on_prem_rag.backup.objects import ObjectStore, read_back
from on_prem_rag.backup.repository import (
    PARTIAL,
    Repository,
    Snapshot,
    open_private,
    publish,
)
from on_prem_rag.backup.retention import kept
from on_prem_rag.backup.seal import SUFFIX, Identities
from on_prem_rag.db.base import utc_now
from on_prem_rag.documents.originals import sha256_of

_HASH_LENGTH = 64


@dataclass
class Pruned:
    """What pruning took: snapshots by name, and objects nothing needs any more."""

    kept: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    objects: int = 0
    bytes: int = 0


def verify(
    repository: Repository, name: str, identities: Identities, progress: Progress = silent
) -> Manifest | None:
    """Read a snapshot and all its originals whole.

    Without a key for an encrypted one its sealed bytes are compared with what was written, and
    there is no manifest to return. Raises SnapshotNotFound, SnapshotBroken, SnapshotForeign,
    SnapshotTooNew or BackupKeyMissing (of keys that do not fit).
    """
    snapshot, archive = repository.get(name), repository.archive(name)
    manifest = None
    if archive.name.endswith(SUFFIX) and not identities:
        if sha256_of(archive) != snapshot.sha256:
            raise SnapshotBroken("The archive is not what was written: its hash differs.")
    else:
        manifest = read_archive(archive, snapshot.sha256, identities, None, progress)
        require_same(manifest, name)
    ObjectStore(repository).verify(repository.objects_of(name), identities, progress)
    with repository.lock():
        current = repository.get(name)
        current.verified_at = utc_now()
        repository.put(current)
    return manifest


def require_same(manifest: Manifest, name: str) -> None:
    """Raise SnapshotBroken when an archive tells of another snapshot than its file's name."""
    if manifest.name != name:
        raise SnapshotBroken(f"The archive is that of {manifest.name}, not of {name}.")


def prune(
    repository: Repository, retention: Retention, now: datetime, *, dry_run: bool = False
) -> Pruned:
    """Remove snapshots beyond retention, then the objects that nothing needs. Raises BackupRunning.

    A snapshot whose list of objects is lost keeps every object.
    """
    with repository.lock():
        repository.clean()
        snapshots = repository.list_snapshots()
        by_moment = {snapshot_time(each.name): each.name for each in snapshots}
        restored = [snapshot_time(each.name) for each in snapshots if each.restored_at]
        stay = {by_moment[moment] for moment in kept(by_moment, retention, now, restored)}
        report = Pruned(
            kept=[each.name for each in snapshots if each.name in stay],
            removed=[each.name for each in snapshots if each.name not in stay],
        )
        if not dry_run:
            for name in report.removed:
                repository.remove(name)
            needed = set().union(*(repository.objects_of(name) for name in report.kept))
            report.objects, report.bytes = ObjectStore(repository).collect(needed)
    return report


def remove(repository: Repository, name: str) -> None:
    """Remove one snapshot; its objects go with the next prune."""
    with repository.lock():
        repository.get(name)
        repository.remove(name)


def export(repository: Repository, name: str, target: Path, progress: Progress = silent) -> None:
    """Write one snapshot as a tar of its own, which is a repository with nothing else in it."""
    repository.get(name)
    archive, store = repository.archive(name), ObjectStore(repository)
    needed = sorted(repository.objects_of(name))
    store.require(needed)
    files = [
        repository.root / "repository.json",
        repository.snapshots / f"{name}.json",
        repository.snapshots / f"{name}.objects",
        archive,
        *(path for each in needed if (path := repository.object_path(each)) is not None),
    ]
    if (repository.root / "objects.sums").exists():
        files.insert(1, repository.root / "objects.sums")
    partial = target.with_name(f"{target.name}{PARTIAL}")
    with open_private(partial) as out, tarfile.open(mode="w|", fileobj=out) as tar:
        for number, path in enumerate(files, 1):
            entry = tarfile.TarInfo(str(path.relative_to(repository.root)))
            entry.size, entry.mode = path.stat().st_size, 0o600
            with path.open("rb") as file:
                tar.addfile(entry, file)
            progress("export", number, len(files))
    publish(partial, target)


@contextmanager
def unpacked(tar_path: Path, place: Path) -> Iterator[Repository]:
    """The repository that an exported tar is, unpacked below ``place`` for the block.

    Raises SnapshotBroken for anything in it that an export does not write.
    """
    root = place / "exported"
    repository = Repository(root)
    for folder in (root, repository.objects, repository.snapshots):
        folder.mkdir(mode=0o700)
    try:
        with tarfile.open(tar_path, mode="r|") as tar:
            for entry in tar:
                file = tar.extractfile(entry) if entry.isreg() and not entry.issparse() else None
                if file is None or not _is_ours(entry.name) or (root / entry.name).exists():
                    raise SnapshotBroken(f"The file holds {entry.name!r}, which no export writes.")
                with open_private(root / entry.name) as out:
                    shutil.copyfileobj(file, out)
        yield repository
    except tarfile.TarError as error:
        raise SnapshotBroken(f"The file is no export, or is cut short ({error}).") from None
    finally:
        shutil.rmtree(root, ignore_errors=True)


def copy_snapshot(
    repository: Repository, name: str, second: Repository, progress: Progress = silent
) -> Snapshot:
    """Copy a snapshot with its objects to a repository at another place, and read it back there.

    Raises SnapshotForeign when the other place holds another repository.
    """
    _adopt(repository, second)
    with second.lock():
        second.clean()
        store = ObjectStore(second)
        wanted = store.missing(repository.objects_of(name))
        for number, each in enumerate(wanted, 1):
            source = repository.object_path(each)
            if source is None:
                raise SnapshotBroken(f"The original {each} is missing.")
            _copy(source, second.objects / source.name)
            progress("copy", number, len(wanted))
        sums = repository.root / "objects.sums"
        if sums.exists():
            _copy(sums, second.root / sums.name)
        for path in sorted(repository.snapshots.glob(f"{name}.*"), key=_archive_last):
            _copy(path, second.snapshots / path.name)
        tombstones = repository.root / "tombstones.jsonl"
        if tombstones.exists():
            _copy(tombstones, second.root / tombstones.name)
    return second.get(name)


def _adopt(repository: Repository, second: Repository) -> None:
    for folder in (second.root, second.objects, second.snapshots):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (second.root / "repository.json").exists():
        _copy(repository.root / "repository.json", second.root / "repository.json")
    elif second.id != repository.id:
        raise SnapshotBroken(f"{second.root} holds the snapshots of another repository.")


def _copy(source: Path, target: Path) -> None:
    """Copy a file durably and compare what was written with what was read."""
    partial = target.with_name(f"{target.name}{PARTIAL}")
    with source.open("rb") as file, open_private(partial) as out:
        shutil.copyfileobj(file, out, 1024 * 1024)
        out.flush()
        os.fsync(out.fileno())
    if read_back(partial) != sha256_of(source):
        partial.unlink()
        raise SnapshotBroken(f"{target} could not be written as it is read from {source}.")
    publish(partial, target)


def _archive_last(path: Path) -> tuple[bool, str]:
    return ".tar" in path.name, path.name


def _is_ours(name: str) -> bool:
    """Whether an export writes a member of this name."""
    if name in ("repository.json", "objects.sums"):
        return True
    folder, _, file = name.partition("/")
    if folder == "snapshots":
        stem, _, suffix = file.partition(".")
        return is_snapshot_name(stem) and suffix in ("json", "objects", "tar.zst", "tar.zst.age")
    digest = file.removesuffix(SUFFIX)
    return (
        folder == "objects"
        and len(digest) == _HASH_LENGTH
        and all(letter in "0123456789abcdef" for letter in digest)
    )
