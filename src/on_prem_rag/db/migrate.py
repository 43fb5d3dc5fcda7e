"""Bringing the schema to a revision, by one process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from on_prem_rag.db.compatibility import is_compatible, write_compatible
from on_prem_rag.db.session import Database
from on_prem_rag.errors import ConfigurationError

_MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 7_426_001


def upgrade(database: Database, revision: str = "head") -> None:
    """Migrate up, by default to the newest revision; nothing happens when it is there already.

    Nor when a newer version migrated further and this one may run there; if it may not, raises
    ConfigurationError.
    """
    with _locked_connection(database) as connection:
        current = _revision_of(connection)
        if current is not None and not is_known(current):
            if is_compatible(connection, head_revision()):
                return
            raise ConfigurationError(
                f"The database's schema ({current}) is from a newer version.",
                hint="Run that version, or with it: on-prem-rag migrate downgrade "
                f"{head_revision()}",
            )
        command.upgrade(_config(connection), revision)
        write_compatible(connection, _script(), _revision_of(connection))


def downgrade(database: Database, revision: str) -> None:
    """Migrate down to ``revision`` ("base" empties the schema)."""
    with _locked_connection(database) as connection:
        command.downgrade(_config(connection), revision)
        write_compatible(connection, _script(), _revision_of(connection))


def current_revision(database: Database) -> str | None:
    """The revision the database is at, None before the first migration."""
    with database.engine.connect() as connection:
        return _revision_of(connection)


def head_revision() -> str:
    """The newest revision this version of the program knows."""
    head = _script().get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations")
    return head


def is_known(revision: str) -> bool:
    """Whether this version can migrate from ``revision``."""
    return revision in {each.revision for each in _script().walk_revisions()}


def is_current(database: Database) -> bool:
    """Whether this version may run on the schema: its own, or a newer one that only adds to it."""
    with database.engine.connect() as connection:
        current = _revision_of(connection)
        if current is None or is_known(current):
            return current == head_revision()
        return is_compatible(connection, head_revision())


@contextmanager
def _locked_connection(database: Database) -> Iterator[Connection]:
    """A transaction that no second migration can enter: both wait for the same lock."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.rollback()
            connection.execution_options(sqlite_begin="EXCLUSIVE")
        with connection.begin():
            if not database.is_sqlite:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
            yield connection
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def _revision_of(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _script() -> ScriptDirectory:
    return ScriptDirectory(str(_MIGRATIONS))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config
