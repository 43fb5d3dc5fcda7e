"""What is read at each scrape, and from whom."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from on_prem_rag.api.presence import Presence
from on_prem_rag.auth.repository import count_active_sessions
from on_prem_rag.backup.state import backup_state
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.db.base import utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.documents.changes import last_change
from on_prem_rag.jobs.models import Job
from on_prem_rag.monitoring import host, metrics
from on_prem_rag.monitoring.readings import Values


def reading_gauges(appliance: Appliance, presence: Presence) -> AbstractContextManager[None]:
    """Read the metrics from this appliance within the block."""
    settings, database = appliance.settings, appliance.database

    def memory() -> Values:
        parts, vram = appliance.watcher.found
        return {
            metrics.ACTIVE_USERS: presence.count(),
            metrics.DB_POOL_IN_USE: connections_in_use(database),
            metrics.DB_POOL_LIMIT: settings.db_pool_size + settings.db_max_overflow,
            metrics.DEPENDENCY_UP: parts,
            metrics.OLLAMA_VRAM: vram,
        }

    def sql() -> Values:
        with database.read() as session:
            return {
                metrics.ACTIVE_SESSIONS: count_active_sessions(session, utc_now()),
                metrics.INGEST_QUEUE_LENGTH: appliance.jobs.queue_length(session),
                metrics.INGEST_DOCUMENTS: ingest_outcomes(session),
                metrics.INDEX_LAG: max(0, last_change(session) - appliance.projector.watermark),
                metrics.DB_SIZE: _size(session, database),
            }

    def backups() -> Values:
        state = backup_state(settings.backup_dir)
        return {
            metrics.BACKUP_LAST_SUCCESS: state.last_made,
            metrics.BACKUP_LAST_SIZE: state.last_size,
            metrics.BACKUP_LAST_SECONDS: state.last_seconds,
            metrics.RESTORE_LAST_VERIFIED: state.last_restored,
        }

    def check() -> Values:
        last = appliance.check.last
        if last is None:
            return {}
        return {
            metrics.CHECK_LAST_RUN: last.finished_at.timestamp(),
            metrics.CHECK_INCONSISTENCIES: last.inconsistencies,
        }

    def certificate() -> Values:
        path = settings.tls_certificate_file
        return {} if path is None else {metrics.TLS_CERTIFICATE_EXPIRY: host.certificate_end(path)}

    def data_disk() -> Values:
        return _disk("data", settings.data_dir)

    def backup_disk() -> Values:
        return _disk("backups", settings.backup_dir)

    # A disk of its own is a source of its own: a mount that hangs holds up nobody else.
    sources = (memory, sql, machine, backups, check, certificate, data_disk, backup_disk)
    return metrics.READINGS.read_from(*sources)


def machine() -> Values:
    """Processors and memory."""
    total, available = host.memory_bytes()
    return {
        metrics.HOST_CPU_SECONDS: host.cpu_seconds(),
        metrics.HOST_MEMORY_TOTAL: total,
        metrics.HOST_MEMORY_AVAILABLE: available,
    }


def ingest_outcomes(session: Session) -> dict[str, float]:
    """Finished ingest jobs by how they ended."""
    query = (
        select(Job.status, func.count())
        .where(Job.kind == "ingest", Job.finished_at.is_not(None))
        .group_by(Job.status)
    )
    return {status: float(count) for status, count in session.execute(query)}


def connections_in_use(database: Database) -> int:
    """Pooled connections that are checked out."""
    pool = database.engine.pool
    return pool.checkedout() if isinstance(pool, QueuePool) else 0


def size_bytes(database: Database) -> int:
    """What the database takes on disk."""
    with database.read() as session:
        return _size(session, database)


def _size(session: Session, database: Database) -> int:
    statement = (
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        if database.is_sqlite
        else "SELECT pg_database_size(current_database())"
    )
    return int(session.scalar(text(statement)) or 0)


def _disk(name: str, path: Path) -> Values:
    if not path.exists():
        return {}  # no backup was ever made
    total, free = host.disk_bytes(path)
    return {metrics.DISK_TOTAL: {name: total}, metrics.DISK_FREE: {name: free}}
