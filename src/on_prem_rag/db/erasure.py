"""Getting deleted rows out of the database's files.

Of SQLite every connection of ours overwrites what it frees (``secure_delete``), so that only the
write-ahead log still holds it; a checkpoint that cuts the log to nothing ends that. On Postgres a
deleted row stays in its page until VACUUM frees the place and another row takes it: see
docs/adr/0012-erasure.md for what that leaves to an administrator.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy import text

from on_prem_rag.db.session import Database

_BUSY_MS = 500
_FIRST_WITH_MAINTAIN = 170000
_TABLES = "FROM pg_class WHERE relname = ANY(:tables) AND pg_table_is_visible(oid)"
_MAY_MAINTAIN = f"SELECT bool_and(has_table_privilege(oid, 'MAINTAIN')) {_TABLES}"
_OWNS = f"SELECT bool_and(pg_has_role(relowner, 'USAGE')) {_TABLES}"
_log = structlog.get_logger(__name__)


def erase_freed(database: Database, tables: Sequence[str]) -> bool:
    """Whether what was deleted from ``tables`` has left the database's reach by now.

    False when somebody reads an old state at the moment (SQLite), or when the role may not VACUUM
    (Postgres): try again later.
    """
    return _cut_log(database) if database.is_sqlite else _vacuum(database, tables)


def _cut_log(database: Database) -> bool:
    with database.engine.connect() as connection:
        cursor = connection.connection.cursor()
        before = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        try:
            # Writers wait while it waits for readers, so it must not do so for long.
            cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
            busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return bool(busy == 0)
        finally:
            cursor.execute(f"PRAGMA busy_timeout={before}")
            cursor.close()


def _vacuum(database: Database, tables: Sequence[str]) -> bool:
    autocommit = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    with autocommit as connection:
        version = connection.scalar(text("SELECT current_setting('server_version_num')::int")) or 0
        may = _MAY_MAINTAIN if version >= _FIRST_WITH_MAINTAIN else _OWNS
        if not connection.scalar(text(may), {"tables": list(tables)}):
            _log.warning("vacuum_not_permitted", hint="GRANT MAINTAIN, or VACUUM as the owner.")
            return False
        connection.exec_driver_sql(f"VACUUM {', '.join(tables)}")
        return True
