"""Bringing a snapshot back: in a place of its own, opened and checked there, then swapped in.

A drill is the same without the swap.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select, update

from on_prem_rag.audit.chain import Chain
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import AuditLog, record
from on_prem_rag.audit.marks import find_mark
from on_prem_rag.audit.models import IndexPlace
from on_prem_rag.auth.models import RefreshToken, User
from on_prem_rag.backup import manifest as contents
from on_prem_rag.backup.archive import Progress, read_archive, silent
from on_prem_rag.backup.copying import copy_from_sqlite, require_sound
from on_prem_rag.backup.errors import (
    InsufficientSpace,
    RestoreFailed,
    SnapshotBroken,
    SnapshotTooNew,
)
from on_prem_rag.backup.manifest import Manifest
from on_prem_rag.backup.objects import ObjectStore
from on_prem_rag.backup.postgres import PostgresServer
from on_prem_rag.backup.questions import read_questions
from on_prem_rag.backup.repository import Repository, Snapshot
from on_prem_rag.backup.seal import Identities
from on_prem_rag.backup.swap import Move, Renaming
from on_prem_rag.backup.tombstones import forget_tombstones, note_tombstones, tombstones_for
from on_prem_rag.backup.upkeep import require_same
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.bootstrap.parts import audit_key, open_database, swap_of
from on_prem_rag.bootstrap.resurrection import Burial
from on_prem_rag.config import Settings
from on_prem_rag.db import migrate
from on_prem_rag.db.base import Base, utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.documents.models import Document, DocumentVersion
from on_prem_rag.errors import AppError
from on_prem_rag.index.owner import IndexSlot
from on_prem_rag.index.protocols import LexicalFilter

_SECRETS = ("jwt-secret", "audit-key")
_EPOCHS = 1000
"""No token from before the restore may fit an epoch that is counted up to again."""
_FOUND_AMONG = 200
_OTHER_KEY = (
    "The audit log was begun with another key, which only encrypted snapshots bring along: "
    "set AUDIT_KEY to it, or the log cannot be verified."
)
_SPARE_BYTES = 256 * 1024**2


@dataclass(frozen=True)
class Wanted:
    """Which snapshot, with which keys; ``resurrect`` brings back what was deleted since."""

    repository: Repository
    name: str
    identities: Identities
    resurrect: bool = False


@dataclass
class Restored:
    """What came of it. ``rpo_seconds`` is the snapshot's age, ``seconds`` how long it took (RTO).

    ``buried`` counts by event what was deleted or revoked again.
    """

    name: str
    created_at: str
    documents: int = 0
    originals: int = 0
    questions: int = 0
    buried: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    rpo_seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


class Staging:
    """A snapshot brought to life in ``place``, which the caller removes."""

    def __init__(
        self, settings: Settings, wanted: Wanted, place: Path, progress: Progress = silent
    ) -> None:
        self._live = settings
        self._wanted = wanted
        self._place = place
        self._progress = progress
        self._began = time.monotonic()
        self.settings = settings.model_copy(
            update={
                "data_dir": place,
                "database_url": None,
                "db_user": None,
                "chroma_persist_directory": None,
                "worker_processes": 0,
            }
        )

    def bring_up(self) -> Restored:
        """Unpack, migrate, apply what was deleted since, build the indexes, check everything.

        Raises what reading a snapshot raises, InsufficientSpace, and RestoreFailed when what comes
        of it does not hold what the snapshot says.
        """
        repository, name = self._wanted.repository, self._wanted.name
        snapshot, archive = repository.get(name), repository.archive(name)
        self._require_space(snapshot)
        unpacked = self._place / "archive"
        unpacked.mkdir()
        manifest = read_archive(
            archive, snapshot.sha256, self._wanted.identities, unpacked, self._progress
        )
        require_same(manifest, name)
        _require_known(manifest)
        report = Restored(name=name, created_at=manifest.created_at.isoformat())
        self._take_originals(manifest, unpacked)
        self._take_secrets(unpacked)
        (unpacked / contents.DATABASE).rename(self._place / "rag.db")
        self._prepare_database(manifest, report)
        self._check(unpacked, manifest, report)
        shutil.rmtree(unpacked)
        report.seconds = round(time.monotonic() - self._began, 1)
        report.rpo_seconds = round((utc_now() - manifest.created_at).total_seconds(), 1)
        return report

    def _require_space(self, snapshot: Snapshot) -> None:
        needed = snapshot.object_bytes + 8 * snapshot.size + _SPARE_BYTES
        free = shutil.disk_usage(self._place).free
        if free < needed:
            raise InsufficientSpace(
                f"{needed / 1e9:.1f} GB are needed in {self._live.data_dir}, "
                f"{free / 1e9:.1f} are free."
            )

    def _take_originals(self, manifest: Manifest, unpacked: Path) -> None:
        """Every original the manifest counts, each compared with its hash."""
        wanted = {}
        for line in (unpacked / contents.OBJECTS).read_text().splitlines():
            sha256, _, size = line.partition(" ")
            wanted[sha256] = int(size)
        if len(wanted) != manifest.objects:
            raise SnapshotBroken("The list of originals is not as long as the manifest says.")
        store, folder = ObjectStore(self._wanted.repository), self.settings.originals_dir
        store.require(wanted)
        folder.mkdir()
        for number, sha256 in enumerate(wanted, 1):
            store.take_out(sha256, self._wanted.identities, folder / sha256)
            self._progress("originals", number, len(wanted))

    def _take_secrets(self, unpacked: Path) -> None:
        """The snapshot's own where it has them, else those of this data directory."""
        run_dir = self.settings.run_dir
        run_dir.mkdir(mode=0o700)
        given: dict[str, str] = {}
        if (unpacked / contents.SECRETS).exists():
            given = json.loads((unpacked / contents.SECRETS).read_text())
        for name in _SECRETS:
            live = self._live.run_dir / name
            text = given.get(name) or (live.read_text() if live.exists() else None)
            if text is not None:
                (run_dir / name).touch(0o600)
                (run_dir / name).write_text(text)

    def _prepare_database(self, manifest: Manifest, report: Restored) -> None:
        require_sound(self._place / "rag.db")
        database = open_database(self.settings)
        try:
            _compare_rows(database, manifest)
            migrate.upgrade(database)
            log = AuditLog(Chain(audit_key(self.settings)))
            log.attach(database)
            with database.read() as session:
                head, signed = find_mark(session, log.chain, "head")
            if head is not None and not signed:
                report.warnings.append(_OTHER_KEY)
            with database.write() as session:
                session.execute(update(User).values(epoch=User.epoch + _EPOCHS))
                session.execute(delete(RefreshToken))
                session.execute(delete(IndexPlace))
                record(session, Event.RESTORED, target=("snapshot", manifest.name))
        finally:
            database.close()
        if manifest.lost:
            report.warnings.append(
                f"{len(manifest.lost)} originals were lost already when the snapshot was made."
            )

    def _check(self, unpacked: Path, manifest: Manifest, report: Restored) -> None:
        models = self._live.models_dir
        models.mkdir(parents=True, exist_ok=True)
        self.settings.models_dir.symlink_to(models.resolve())
        appliance = Appliance(self.settings, workers=0)
        try:
            if not self._wanted.resurrect:
                self._bury(appliance, report)
            self._project(appliance)
            _require_whole(appliance, manifest)
            report.questions = _ask(appliance, unpacked)
            with appliance.database.read() as session:
                report.documents = session.scalar(select(func.count(Document.id))) or 0
            report.originals = sum(1 for _ in appliance.originals.hashes())
        finally:
            appliance.stop()
            self.settings.models_dir.unlink()

    def _bury(self, appliance: Appliance, report: Restored) -> None:
        with appliance.database.read() as session:
            found = tombstones_for(self._wanted.repository, session)
        report.buried = Burial(appliance).apply(found)
        with appliance.database.write() as session:
            appliance.documents.sweep_originals(session)

    def _project(self, appliance: Appliance) -> None:
        whole = max(appliance.projector.lag, 1)
        while appliance.projector.advance() or appliance.projector.dense.is_building:
            self._progress("index", whole - min(appliance.projector.lag, whole), whole)
        self._progress("index", whole, whole)


@contextmanager
def scratch_place(folder: Path) -> Iterator[Path]:
    """A new folder below ``folder``, gone after the block unless it was moved away."""
    folder.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="staging-", dir=folder))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def drill(settings: Settings, wanted: Wanted, progress: Progress = silent) -> Restored:
    """Restore into a scratch place beside the data, check, and take it away again."""
    with scratch_place(settings.data_dir / "restore") as place:
        return Staging(settings, wanted, place, progress).bring_up()


def restore(settings: Settings, wanted: Wanted, progress: Progress = silent) -> Restored:
    """Put a snapshot in the place of this appliance's data; the old data stays beside it.

    Raises DataDirectoryInUse while a server runs. Until everything was checked nothing is touched.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    swap = swap_of(settings)
    swap.finish()
    with stopped(settings):
        swap.sweep()
        if not wanted.resurrect:
            _note_last_deletions(settings, wanted.repository)
        with scratch_place(swap.folder) as place:
            staging = Staging(settings, wanted, place, progress)
            report = staging.bring_up()
            renaming = _stage_postgres(settings, staging.settings, place.name, progress)
            swap.begin(place, _moves(settings), report.as_dict(), renaming)
    if wanted.resurrect:
        forget_tombstones(wanted.repository)
    return report


@contextmanager
def stopped(settings: Settings) -> Iterator[None]:
    """Keep servers from starting. Raises DataDirectoryInUse while one runs."""
    with ExitStack() as held:
        for number in range(1, settings.index_slots + 1):
            slot = IndexSlot.acquire_numbered(settings.index_dir, number)
            held.callback(_give_back, slot)
        yield


def _give_back(slot: IndexSlot) -> None:
    if slot.was_closed_cleanly and slot.directory.exists():
        slot.mark_clean()
    slot.release()


def _note_last_deletions(settings: Settings, repository: Repository) -> None:
    """What was deleted since the last backup, if the old database can still tell."""
    try:
        database = open_database(settings)
    except AppError:
        return
    try:
        if migrate.is_current(database):
            note_tombstones(database, repository)
    except (OSError, AppError):
        pass  # a broken database is a reason to restore
    finally:
        database.close()


def _moves(settings: Settings) -> list[Move]:
    moves = [Move("originals", "originals"), Move("index", "index")]
    if not settings.sqlalchemy_url.startswith("postgresql"):
        moves += [Move("rag.db", "rag.db"), Move("rag.db-wal", None), Move("rag.db-shm", None)]
    moves += [Move(f"run/{name}", f"run/{name}") for name in _SECRETS]
    return moves


def _stage_postgres(
    settings: Settings, staged: Settings, suffix: str, progress: Progress
) -> Renaming | None:
    """A new database of the same server with what was staged; None on SQLite."""
    if not settings.sqlalchemy_url.startswith("postgresql"):
        return None
    server = PostgresServer(settings.sqlalchemy_url)
    name = f"{server.live}_{suffix.replace('-', '_')}".lower()
    server.create(name)
    source, target = Database(staged.sqlalchemy_url), Database(server.url_of(name))
    try:
        migrate.upgrade(target)
        copy_from_sqlite(source, target, lambda done, all_: progress("database", done, all_))
    except BaseException:
        target.close()
        server.drop(name)
        raise
    finally:
        source.close()
        target.close()
    (staged.data_dir / "rag.db").unlink()
    return Renaming(server.live, name, f"{name}_old")


def _require_known(manifest: Manifest) -> None:
    if not migrate.is_known(manifest.schema_revision):
        raise SnapshotTooNew(
            f"The snapshot's schema {manifest.schema_revision} is not known to this version; "
            f"version {manifest.version} made it."
        )


def _compare_rows(database: Database, manifest: Manifest) -> None:
    tables = {table.name: table for table in Base.metadata.sorted_tables}
    with database.read() as session:
        for name, rows in manifest.rows.items():
            if name not in tables:
                continue
            held = session.scalar(select(func.count()).select_from(tables[name]))
            if held != rows:
                raise SnapshotBroken(f"The table {name} has {held} rows instead of {rows}.")


def _require_whole(appliance: Appliance, manifest: Manifest) -> None:
    """Indexes that hold what SQL says, and every original that was not lost before."""
    if appliance.projector.find_drift():
        raise RestoreFailed("The indexes built from the snapshot differ from its database.")
    with appliance.database.read() as session:
        named = set(session.scalars(select(DocumentVersion.sha256)))
    gone = named - set(appliance.originals.hashes()) - set(manifest.lost)
    if gone:
        raise RestoreFailed(f"{len(gone)} originals are missing from what was restored.")


def _ask(appliance: Appliance, unpacked: Path) -> int:
    """Ask the questions recorded with the snapshot; how many could be asked.

    Every passage must come back for its own words. What was deleted since is not asked for.
    """
    asked = 0
    for question in read_questions(unpacked / contents.QUESTIONS):
        with appliance.database.read() as session:
            if session.get(Document, question.document_id) is None:
                continue
        asked += 1
        bounds = LexicalFilter((question.collection_id,), (question.document_id,))
        hits = appliance.index.search_lexical(question.text, bounds, _FOUND_AMONG)
        # Of very many passages alike no one in particular comes back.
        if len(hits) < _FOUND_AMONG and question.chunk_id not in {hit.chunk_id for hit in hits}:
            raise RestoreFailed(f"The passage {question.chunk_id} is not found by its own words.")
    return asked
