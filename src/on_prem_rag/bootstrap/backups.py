"""The backups of one appliance, from its settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from on_prem_rag.access.caller import OPERATOR
from on_prem_rag.audit.chain import Chain
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import AuditLog, record
from on_prem_rag.backup.archive import Progress, silent
from on_prem_rag.backup.create import Keys, SnapshotMaker, Source
from on_prem_rag.backup.errors import BackupKeyMissing
from on_prem_rag.backup.repository import Repository, Snapshot
from on_prem_rag.backup.seal import Identities, Recipients
from on_prem_rag.backup.upkeep import Pruned, copy_snapshot, prune, remove
from on_prem_rag.bootstrap.parts import audit_key, open_database, retention, secret_keys
from on_prem_rag.bootstrap.restoring import Restored, Wanted, drill
from on_prem_rag.config import Settings
from on_prem_rag.db import migrate
from on_prem_rag.db.base import utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.documents.originals import Originals
from on_prem_rag.errors import NotFound


class Backups:
    """Makes, prunes and tries out snapshots; what changes the repository is in the audit log.

    Works on the database and the files themselves, with a server or without.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.repository = Repository(settings.backup_dir)

    def create(self, progress: Progress = silent, *, copy_to: Path | None = None) -> Snapshot:
        """Make a snapshot, and copy it to the second place if there is one.

        Raises as SnapshotMaker.create does, and what copying raises.
        """
        settings = self._settings
        with self._database() as database:
            if migrate.current_revision(database) is None:
                raise NotFound(
                    f"There is no appliance in {settings.data_dir} to back up.",
                    hint="Run it where the appliance runs, or set DATA_DIR.",
                )
            source = Source(
                database=database,
                originals=Originals(settings.originals_dir),
                originals_dir=settings.originals_dir,
                staging_dir=settings.run_dir,
                settings=settings.told(),
                secrets={
                    "jwt-secret": "\n".join(secret_keys(settings)),
                    "audit-key": audit_key(settings),
                },
            )
            keys = Keys(_recipients(settings), identities(settings, ()))
            snapshot = SnapshotMaker(source, self.repository, keys, progress).create()
            self._record(database, Event.BACKUP_CREATED, snapshot.name)
        second = copy_to or settings.backup_copy_dir
        if second is not None:
            copy_snapshot(self.repository, snapshot.name, Repository(second), progress)
        return snapshot

    def prune(self, *, dry_run: bool = False) -> Pruned:
        """Remove what is beyond retention. Raises BackupRunning."""
        report = prune(self.repository, retention(self._settings), utc_now(), dry_run=dry_run)
        if not dry_run and report.removed:
            with self._database() as database:
                for name in report.removed:
                    self._record(database, Event.BACKUP_DELETED, name)
        return report

    def remove(self, name: str) -> None:
        """Remove one snapshot. Raises SnapshotNotFound or BackupRunning."""
        remove(self.repository, name)
        with self._database() as database:
            self._record(database, Event.BACKUP_DELETED, name)

    def drill(
        self, name: str | None, identity_files: Sequence[Path], progress: Progress = silent
    ) -> Restored:
        """Restore a snapshot (the newest) into a scratch place and note that it worked.

        Raises what a restore raises.
        """
        snapshot = self.repository.get(name) if name else self.repository.newest()
        keys = identities(self._settings, identity_files)
        if snapshot.encrypted and not keys:
            raise BackupKeyMissing(
                f"{snapshot.name} is encrypted, and this server has no key for drills.",
                hint="Give the file with the private key (--identity), or BACKUP_DRILL_IDENTITY.",
            )
        report = drill(self._settings, Wanted(self.repository, snapshot.name, keys), progress)
        with self.repository.lock():
            snapshot = self.repository.get(snapshot.name)
            snapshot.restored_at, snapshot.restore_seconds = utc_now(), report.seconds
            self.repository.put(snapshot)
        with self._database() as database:
            self._record(database, Event.BACKUP_VERIFIED, snapshot.name)
        return report

    @contextmanager
    def _database(self) -> Iterator[Database]:
        database = open_database(self._settings)
        try:
            if migrate.is_current(database):
                AuditLog(Chain(audit_key(self._settings))).attach(database)
            yield database
        finally:
            database.close()

    @staticmethod
    def _record(database: Database, event: Event, name: str) -> None:
        with database.write() as session:
            record(session, event, actor=OPERATOR, target=("snapshot", name))


def identities(settings: Settings, files: Sequence[Path]) -> Identities:
    """The keys given, with the one this server has for drills."""
    own = settings.backup_drill_identity
    return Identities.from_files(files, *([own.get_secret_value()] if own else []))


def _recipients(settings: Settings) -> Recipients:
    """The customer's keys, and this server's for drills. None of them: no encryption."""
    if not settings.backup_recipients:
        return Recipients(())
    return Recipients([*settings.backup_recipients, *identities(settings, ()).public_keys()])
