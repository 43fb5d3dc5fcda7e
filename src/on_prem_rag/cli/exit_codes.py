"""What a command's exit status means; docs/cli.md lists the same."""

from __future__ import annotations

from on_prem_rag.backup.errors import (
    BackupKeyMissing,
    BackupRunning,
    RestoreFailed,
    SnapshotBroken,
    SnapshotForeign,
    SnapshotTooNew,
)
from on_prem_rag.errors import (
    AppError,
    DataDirectoryInUse,
    Forbidden,
    NotFound,
    ServiceUnavailable,
    Unauthenticated,
)

FAILED = 1
USAGE = 2
NOT_PERMITTED = 3
UNREACHABLE = 4
PARTLY = 5
TAMPERED = 6
TRACES = 7
INCONSISTENT = 8
_OF_SNAPSHOTS: dict[type[AppError], int] = {
    SnapshotBroken: 9,
    SnapshotForeign: 10,
    SnapshotTooNew: 11,
    BackupKeyMissing: 12,
    RestoreFailed: 13,
}


def exit_code_of(error: AppError) -> int:
    """The exit code that tells a script what kind of error it was."""
    if isinstance(error, (NotFound, Forbidden, Unauthenticated)):
        return NOT_PERMITTED
    if isinstance(error, (ServiceUnavailable, DataDirectoryInUse, BackupRunning)):
        return UNREACHABLE
    return _OF_SNAPSHOTS.get(type(error), FAILED)
