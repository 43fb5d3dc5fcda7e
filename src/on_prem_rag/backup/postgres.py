"""Databases of a Postgres server, made, renamed and dropped beside the one in use.

The role must own the database in use and may create databases (CREATEDB).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from on_prem_rag.backup.swap import Renaming
from on_prem_rag.errors import ConfigurationError

_MAINTENANCE = "postgres"


class PostgresServer:
    """The server that ``url`` (of the database in use) names."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self.live = self._url.database or ""

    def url_of(self, name: str) -> str:
        """The URL of another database of this server."""
        return self._url.set(database=name).render_as_string(hide_password=False)

    def create(self, name: str) -> None:
        """Make an empty database. Raises ConfigurationError when the role may not."""
        with self._connected(autocommit=True) as connection:
            try:
                connection.execute(text(f"CREATE DATABASE {_quoted(name)} TEMPLATE template0"))
            except ProgrammingError as error:
                raise ConfigurationError(
                    f"A database for the restore cannot be made: {error.orig}",
                    hint="Restore as a role that may create databases: set DATABASE_URL to it.",
                ) from None

    def rename(self, renaming: Renaming) -> None:
        """Both renames in one transaction; nothing where the staged one is gone already."""
        with self._connected(autocommit=False) as connection, connection.begin():
            if not self._exists(connection, renaming.staged):
                return
            if self._exists(connection, renaming.live):
                self._move(connection, renaming.live, renaming.old)
            self._move(connection, renaming.staged, renaming.live)

    def drop(self, name: str) -> None:
        """Remove a database, if it is there."""
        with self._connected(autocommit=True) as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)"))

    @contextmanager
    def _connected(self, *, autocommit: bool) -> Iterator[Connection]:
        engine = create_engine(self.url_of(_MAINTENANCE))
        try:
            with engine.connect() as connection:
                level = "AUTOCOMMIT" if autocommit else "READ COMMITTED"
                yield connection.execution_options(isolation_level=level)
        finally:
            engine.dispose()

    @staticmethod
    def _exists(connection: Connection, name: str) -> bool:
        query = text("SELECT 1 FROM pg_database WHERE datname = :name")
        return connection.execute(query, {"name": name}).first() is not None

    @staticmethod
    def _move(connection: Connection, name: str, new: str) -> None:
        # Pooled connections of a server that was just stopped may not have gone yet.
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": name},
        )
        connection.execute(text(f"ALTER DATABASE {_quoted(name)} RENAME TO {_quoted(new)}"))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
