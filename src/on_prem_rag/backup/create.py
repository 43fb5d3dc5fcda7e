"""Making a snapshot while people go on working."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from on_prem_rag.audit.models import AuditMark
from on_prem_rag.backup import manifest as contents
from on_prem_rag.backup.archive import Progress, read_archive, silent, write_archive
from on_prem_rag.backup.copying import copy_to_sqlite
from on_prem_rag.backup.errors import BackupRunning
from on_prem_rag.backup.manifest import FORMAT, Fingerprint, Manifest, Member, snapshot_name
from on_prem_rag.backup.objects import ObjectStore, read_back
from on_prem_rag.backup.questions import draw_questions, write_questions
from on_prem_rag.backup.repository import (
    PARTIAL,
    Repository,
    Snapshot,
    open_private,
    publish,
)
from on_prem_rag.backup.seal import Identities, Recipients
from on_prem_rag.backup.tombstones import note_tombstones
from on_prem_rag.db import migrate
from on_prem_rag.db.base import Base, utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.documents.changes import last_change
from on_prem_rag.documents.models import DocumentVersion, EmbeddingModel
from on_prem_rag.documents.originals import Originals, sha256_of
from on_prem_rag.errors import InvalidInput

_STAGING = ".backup-"
_LIBRARIES = ("chromadb", "tantivy", "sqlalchemy")


@dataclass(frozen=True)
class Source:
    """What a snapshot is made of. ``secrets`` go along only when there are recipients."""

    database: Database
    originals: Originals
    originals_dir: Path
    staging_dir: Path
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]


@dataclass(frozen=True)
class Keys:
    """Who may open a snapshot, and with what this server reads it back, if it may."""

    recipients: Recipients
    identities: Identities


class SnapshotMaker:
    """Writes snapshots of one appliance into one repository."""

    def __init__(
        self, source: Source, repository: Repository, keys: Keys, progress: Progress = silent
    ) -> None:
        self._source = source
        self._repository = repository
        self._keys = keys
        self._progress = progress
        self._objects = ObjectStore(repository)

    def create(self) -> Snapshot:
        """Make a snapshot, read it back and publish it under the moment of its cut.

        Nothing is published that was not verified. Raises BackupRunning, ConfigurationError,
        InvalidInput when the repository lies in the data directory, and OSError of the disk.
        """
        began = time.monotonic()
        _refuse_own_directory(self._repository.root, self._source.originals_dir.parent)
        self._repository.create(encrypted=bool(self._keys.recipients))
        with self._repository.lock(), self._staging() as folder:
            self._repository.clean()
            with self._source.originals.kept():
                note_tombstones(self._source.database, self._repository)
                moment = self._free_moment()
                self._copy_database(folder)
                copy = Database(f"sqlite:///{folder / contents.DATABASE}", durable=False)
                try:
                    sizes = _originals_of(copy)
                    added, lost = self._copy_objects(sizes)
                    manifest = self._describe(copy, folder, moment, sizes, lost)
                finally:
                    copy.close()
            snapshot = self._publish(folder, manifest, sizes, added)
            snapshot.seconds = round(time.monotonic() - began, 3)
            self._repository.put(snapshot)
        return snapshot

    @contextmanager
    def _staging(self) -> Iterator[Path]:
        """A folder on the data's own disk: the copy of the database in it is not encrypted."""
        place = self._source.staging_dir
        place.mkdir(parents=True, exist_ok=True)
        for left in place.glob(f"{_STAGING}*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=_STAGING, dir=place) as name:
            yield Path(name)

    def _free_moment(self) -> datetime:
        """Now, unless this second has a snapshot already."""
        for _ in range(50):
            now = utc_now()
            taken = {path.name.partition(".")[0] for path in self._repository.snapshots.iterdir()}
            if snapshot_name(now) not in taken:
                return now
            time.sleep(0.1)
        raise BackupRunning("This second already has a snapshot; is the clock standing still?")

    def _copy_database(self, folder: Path) -> None:
        target = folder / contents.DATABASE
        copy_to_sqlite(
            self._source.database, target, lambda done, all_: self._progress("database", done, all_)
        )
        target.chmod(0o600)

    def _copy_objects(self, sizes: Mapping[str, int]) -> tuple[int, list[str]]:
        missing = {sha256: sizes[sha256] for sha256 in self._objects.missing(sizes)}
        return self._objects.add(
            self._source.originals_dir, missing, self._keys.recipients, self._progress
        )

    def _describe(
        self,
        copy: Database,
        folder: Path,
        moment: datetime,
        sizes: Mapping[str, int],
        lost: list[str],
    ) -> Manifest:
        kept = {sha256: size for sha256, size in sizes.items() if sha256 not in set(lost)}
        lines = "".join(f"{sha256} {size}\n" for sha256, size in sorted(kept.items()))
        (folder / contents.OBJECTS).write_text(lines)
        (folder / contents.SETTINGS).write_text(json.dumps(self._source.settings, default=str))
        name = snapshot_name(moment)
        write_questions(folder / contents.QUESTIONS, draw_questions(copy, name))
        if self._keys.recipients:
            (folder / contents.SECRETS).write_text(json.dumps(self._source.secrets))
        present = [path for path in contents.MEMBERS if (folder / path).exists()]
        return Manifest(
            application="on-prem-rag",
            format=FORMAT,
            version=version("on-prem-rag"),
            repository=self._repository.id,
            name=name,
            created_at=moment,
            database="sqlite" if self._source.database.is_sqlite else "postgresql",
            schema_revision=migrate.current_revision(copy) or "",
            libraries={library: version(library) for library in _LIBRARIES},
            objects=len(kept),
            object_bytes=sum(kept.values()),
            lost=sorted(lost),
            members=[_member(folder, path) for path in present],
            **_facts(copy),
        ).sealed()

    def _publish(
        self, folder: Path, manifest: Manifest, sizes: Mapping[str, int], added: int
    ) -> Snapshot:
        encrypted = bool(self._keys.recipients)
        target = self._repository.archive_target(manifest.name, encrypted=encrypted)
        partial = target.with_name(f"{target.name}{PARTIAL}")
        with open_private(partial) as file:
            write_archive(file, manifest, folder, self._keys.recipients, self._progress)
            file.flush()
            os.fsync(file.fileno())
        snapshot = Snapshot(
            name=manifest.name,
            created_at=manifest.created_at,
            format=FORMAT,
            version=manifest.version,
            size=partial.stat().st_size,
            sha256=read_back(partial),
            encrypted=encrypted,
            objects=manifest.objects,
            object_bytes=manifest.object_bytes,
            new_bytes=added + partial.stat().st_size,
            seconds=0,
            lost=len(manifest.lost),
        )
        if not encrypted or self._keys.identities:
            read_archive(partial, snapshot.sha256, self._keys.identities, None, self._progress)
        snapshot.verified_at = utc_now()
        self._repository.put_objects(manifest.name, [h for h in sizes if h not in manifest.lost])
        self._repository.put(snapshot)
        publish(partial, target)
        return snapshot


def _originals_of(copy: Database) -> dict[str, int]:
    """Sizes of all originals that the database names, by their hash."""
    with copy.read() as session:
        rows = session.execute(
            select(DocumentVersion.sha256, func.max(DocumentVersion.size_bytes))
            .group_by(DocumentVersion.sha256)
            .order_by(DocumentVersion.sha256)
        )
        return {row[0]: row[1] for row in rows}


def _facts(copy: Database) -> dict[str, Any]:
    """What the manifest says of the rows; none of it where the schema is an earlier one."""
    if not migrate.is_current(copy):
        return {"embedding_models": [], "rows": {}, "last_change": 0, "audit_head": None}
    with copy.read() as session:
        rows = {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }
        head = session.get(AuditMark, "head")
        models = [
            Fingerprint(
                id=model.id,
                name=model.name,
                digest=model.digest,
                dimensions=model.dimensions,
                canaries=model.canaries.hex(),
            )
            for model in session.scalars(select(EmbeddingModel).order_by(EmbeddingModel.id))
        ]
        return {
            "embedding_models": models,
            "rows": rows,
            "last_change": last_change(session),
            "audit_head": (head.number, head.hash) if head is not None else None,
        }


def _member(folder: Path, path: str) -> Member:
    file = folder / path
    return Member.model_validate(
        {"path": path, "size": file.stat().st_size, "sha256": sha256_of(file)}
    )


def _refuse_own_directory(root: Path, data_dir: Path) -> None:
    if root.resolve().is_relative_to(data_dir.resolve()):
        raise InvalidInput(
            f"BACKUP_DIR ({root}) lies in the data directory: what takes the one takes the other.",
            hint="Name a folder elsewhere, best on another disk.",
        )
