"""What can be wrong with a snapshot, a repository, or the bringing back of one.

AppError
├── NotFound
│   └── SnapshotNotFound
├── BackupRunning, InsufficientSpace
├── SnapshotBroken, SnapshotForeign, SnapshotTooNew, BackupKeyMissing
└── RestoreFailed
"""

from __future__ import annotations

from on_prem_rag.errors import AppError, NotFound


class BackupRunning(AppError):
    """Another process writes to the backup repository."""

    code = "backup_running"
    status = 409
    default_hint = "Wait until it is done."


class SnapshotNotFound(NotFound):
    """No such snapshot, or none at all."""

    code = "snapshot_not_found"
    default_hint = "List what there is with: on-prem-rag backup list"


class SnapshotBroken(AppError):
    """A snapshot is not what was written."""

    code = "snapshot_broken"
    default_hint = "Restore another snapshot; check them all with: on-prem-rag backup verify --all"


class SnapshotForeign(AppError):
    """What was named is no snapshot or repository of this appliance."""

    code = "snapshot_foreign"
    default_hint = "Name a snapshot of this appliance."


class SnapshotTooNew(AppError):
    """A snapshot was made by a later version of the program."""

    code = "snapshot_too_new"
    default_hint = "Install the version that made it, or a later one, and restore with that."


class BackupKeyMissing(AppError):
    """A snapshot is encrypted, and no key that was given opens it."""

    code = "backup_key_missing"
    default_hint = "Give the file with the private key: --identity FILE"


class InsufficientSpace(AppError):
    """A disk has not enough room for what is to be written."""

    code = "insufficient_space"
    status = 507
    default_hint = "Make room on that disk, or name a folder on another one."


class RestoreFailed(AppError):
    """A restored appliance did not pass its checks; what was there before is there again."""

    code = "restore_failed"
    default_hint = "Nothing was changed. Restore another snapshot."
