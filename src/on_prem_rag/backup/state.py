"""How fresh the backups are, for the dashboard and the alerts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from on_prem_rag.backup.repository import Repository
from on_prem_rag.errors import AppError


@dataclass(frozen=True, slots=True)
class BackupState:
    """Times are seconds since the epoch; not a number where nothing was done yet.

    ``last_size`` is the newest archive's, in bytes, ``last_seconds`` how long it took.
    """

    snapshots: int = 0
    last_made: float = math.nan
    last_size: float = math.nan
    last_seconds: float = math.nan
    last_restored: float = math.nan


def backup_state(root: Path) -> BackupState:
    """Read the repository at ``root``; one that is not there, or broken, has no backups."""
    try:
        snapshots = Repository(root).list_snapshots()
    except (AppError, OSError):
        return BackupState()
    if not snapshots:
        return BackupState()
    newest = snapshots[-1]
    restored = [each.restored_at.timestamp() for each in snapshots if each.restored_at is not None]
    return BackupState(
        snapshots=len(snapshots),
        last_made=newest.created_at.timestamp(),
        last_size=float(newest.size),
        last_seconds=newest.seconds,
        last_restored=max(restored, default=math.nan),
    )
