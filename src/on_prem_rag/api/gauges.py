"""Gauges whose values are read at each scrape."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select, text
from sqlalchemy.pool import QueuePool

from on_prem_rag.api.presence import Presence
from on_prem_rag.auth.repository import count_active_sessions
from on_prem_rag.backup.state import BackupState, backup_state
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.bootstrap.check import CheckReport
from on_prem_rag.db.base import utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.documents.changes import last_change
from on_prem_rag.jobs.models import Job
from on_prem_rag.monitoring import metrics


@contextmanager
def reading_gauges(appliance: Appliance, presence: Presence) -> Iterator[None]:
    """Read the gauges from this appliance within the block."""
    database: Database = appliance.database

    def sessions() -> float:
        with database.read() as session:
            return count_active_sessions(session, utc_now())

    def queue() -> float:
        with database.read() as session:
            return float(appliance.jobs.queue_length(session))

    def lag() -> float:
        with database.read() as session:
            return max(0, last_change(session) - appliance.projector.watermark)

    def backups() -> BackupState:
        return backup_state(appliance.settings.backup_dir)

    def last_check() -> CheckReport:
        found = appliance.check.last
        if found is None:
            raise LookupError("no check was made yet")
        return found

    def last_run() -> float:
        return last_check().finished_at.timestamp()

    def inconsistencies() -> float:
        return last_check().inconsistencies

    readers = {
        metrics.ACTIVE_USERS: presence.count,
        metrics.ACTIVE_SESSIONS: sessions,
        metrics.INGEST_QUEUE_LENGTH: queue,
        metrics.INDEX_LAG: lag,
        metrics.CHECK_LAST_RUN: last_run,
        metrics.CHECK_INCONSISTENCIES: inconsistencies,
        metrics.DB_POOL_IN_USE: lambda: connections_in_use(database),
        metrics.DB_SIZE: lambda: size_bytes(database),
        metrics.BACKUP_LAST_SUCCESS: lambda: backups().last_made,
        metrics.BACKUP_LAST_SIZE: lambda: backups().last_size,
        metrics.BACKUP_LAST_SECONDS: lambda: backups().last_seconds,
        metrics.RESTORE_LAST_VERIFIED: lambda: backups().last_restored,
    }
    earlier = metrics.INGEST_DOCUMENTS.read
    metrics.INGEST_DOCUMENTS.read = lambda: ingest_outcomes(database)
    try:
        with metrics.read_at_scrape(readers):
            yield
    finally:
        metrics.INGEST_DOCUMENTS.read = earlier


def ingest_outcomes(database: Database) -> dict[str, float]:
    """Finished ingest jobs by how they ended."""
    query = (
        select(Job.status, func.count())
        .where(Job.kind == "ingest", Job.finished_at.is_not(None))
        .group_by(Job.status)
    )
    with database.read() as session:
        return {status: float(count) for status, count in session.execute(query)}


def connections_in_use(database: Database) -> int:
    """Pooled connections that are checked out."""
    pool = database.engine.pool
    return pool.checkedout() if isinstance(pool, QueuePool) else 0


def size_bytes(database: Database) -> int:
    """What the database takes on disk."""
    statement = (
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        if database.is_sqlite
        else "SELECT pg_database_size(current_database())"
    )
    with database.read() as session:
        return int(session.scalar(text(statement)) or 0)
