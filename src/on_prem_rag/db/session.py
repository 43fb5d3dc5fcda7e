"""The engine and short units of work over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from threading import RLock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from on_prem_rag.db.turns import Gate, wait_until
from on_prem_rag.errors import Conflict

_BUSY_TIMEOUT_MS = 30_000
_BUSY = "database is locked"


class Database:
    """Hands out units of work: ``read()`` and ``write()`` sessions that commit or roll back.

    A write on SQLite begins IMMEDIATE, because upgrading a deferred transaction fails at once
    however long the busy time-out is. Units of work are short: none spans an upload, a stream or a
    model call. ``durable=False`` is for scratch data that a crash may take.
    """

    def __init__(
        self, url: str, *, pool_size: int = 20, max_overflow: int = 40, durable: bool = True
    ) -> None:
        self.engine = _create_engine(url, pool_size, max_overflow)
        if self.is_sqlite:
            synchronous = "FULL" if durable else "OFF"
            event.listen(self.engine, "connect", partial(_prepare_sqlite, synchronous))
        self.session_info: dict[str, Any] = {}
        """What every session carries in its ``info``."""
        self._sessions = sessionmaker(self.engine, expire_on_commit=False, info=self.session_info)
        # Threads that take turns are woken at once: the slowest writes become ten times as fast.
        self._turn = RLock() if self.is_sqlite else nullcontext()
        self._gate = _gate(self.engine) if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        """Whether the truth lies in a SQLite file."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; nothing it changed is kept."""
        with self._sessions() as session:
            # Closing rolls back; an explicit rollback would also expire what was loaded, so that
            # nothing read here could be used after the block.
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits at the end of the block and rolls back on any exception."""
        with self._turn, self._sessions() as session, session.begin():
            if self.is_sqlite:
                with self._gate.passing() if self._gate is not None else nullcontext():
                    session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
            session.info["writes"] = True
            yield session

    def before_commit(self, hook: Callable[[Session], None]) -> None:
        """Call ``hook`` with each session that is about to commit, as the last thing."""
        event.listen(self._sessions, "before_commit", hook)

    def ping(self) -> None:
        """Raise when the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()
        if self._gate is not None:
            self._gate.close()


def flush_or_conflict(session: Session) -> None:
    """Flush; raises Conflict where another's write at the same moment broke a constraint of it."""
    try:
        session.flush()
    except IntegrityError:
        raise Conflict("Someone else did the same at this moment.") from None


def _create_engine(url: str, pool_size: int, max_overflow: int) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(
            url, pool_pre_ping=True, pool_size=pool_size, max_overflow=max_overflow
        )
    path = url.removeprefix("sqlite:///")
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=pool_size, max_overflow=max_overflow)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(synchronous: str, connection: Any, _entry: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions on its own: ours begin IMMEDIATE where they write.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        f"synchronous={synchronous}",
        "foreign_keys=ON",
        # What is deleted is overwritten, and not only put on the list of free pages.
        "secure_delete=ON",
        f"busy_timeout={_BUSY_TIMEOUT_MS}",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _gate(engine: Engine) -> Gate | None:
    """None of a database in memory, which no other process writes to."""
    path = engine.url.database
    if not path or path == ":memory:":
        return None
    return Gate(Path(f"{path}-turn"), _BUSY_TIMEOUT_MS / 1000)


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("sqlite_begin") == "IMMEDIATE":
        _begin_writing(connection)
    else:
        connection.exec_driver_sql("BEGIN DEFERRED")


def _begin_writing(connection: Connection) -> None:
    """Begin at most a millisecond after the writer before has ended."""

    def begun() -> bool:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except OperationalError as error:
            if _BUSY not in str(error.orig):
                raise
            return False
        return True

    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        waited = wait_until(begun, _BUSY_TIMEOUT_MS / 1000)
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
    if not waited:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # which says that it is locked
