"""The database as one SQLite file, out of either database and into either.

A snapshot taken on Postgres restores on SQLite and the other way round, and no version of pg_dump
has a say. See ADR 15.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, insert, inspect, select, text

from on_prem_rag.backup.errors import SnapshotBroken
from on_prem_rag.db import migrate
from on_prem_rag.db.base import Base
from on_prem_rag.db.session import Database
from on_prem_rag.errors import ConfigurationError

_PAGES_A_STEP = 2000
_ROWS_A_STEP = 1000
Told = Callable[[int, int], None]
"""Called with what is done and the whole, in pages or rows."""


def copy_to_sqlite(database: Database, target: Path, told: Told) -> None:
    """Write everything that was committed at one moment into the new file ``target``.

    Nobody is kept from writing meanwhile. Raises ConfigurationError on a Postgres whose schema is
    not this version's.
    """
    if database.is_sqlite:
        _copy_sqlite(Path(database.engine.url.database or ""), target, told)
        return
    if not migrate.is_current(database):
        raise ConfigurationError(
            "The database's schema is not current.", hint="Run: on-prem-rag migrate upgrade"
        )
    copy = Database(f"sqlite:///{target}", durable=False)
    try:
        migrate.upgrade(copy)
        with database.engine.connect() as connection:
            reading = connection.execution_options(isolation_level="REPEATABLE READ")
            with reading.begin():
                reading.execute(text("SET TRANSACTION READ ONLY"))
                _copy_rows(reading, copy, told)
    finally:
        copy.close()
    _settle(target)


def copy_from_sqlite(source: Database, database: Database, told: Told) -> None:
    """Fill an empty ``database``, whose schema is that of ``source``, with its rows."""
    with source.engine.connect() as reading, reading.begin():
        _copy_rows(reading, database, told)


def require_sound(path: Path) -> None:
    """Raise SnapshotBroken unless ``path`` is a whole SQLite database."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as reading:
            told = reading.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise SnapshotBroken(f"The snapshot's database cannot be read ({error}).") from None
    if told != "ok":
        raise SnapshotBroken(f"The snapshot's database is damaged: {told}.")


def _copy_sqlite(source: Path, target: Path, told: Told) -> None:
    # Through sqlite3 itself: what is read belongs to one transaction, which writers in WAL mode do
    # not wait for, and which keeps the copy from beginning again whenever they write.
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.isolation_level = None
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
        reading.backup(
            writing,
            pages=_PAGES_A_STEP,
            sleep=0,
            progress=lambda _status, left, whole: told(whole - left, whole),
        )
    _settle(target)


def _settle(target: Path) -> None:
    """One file without a journal beside it."""
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def _copy_rows(reading: Connection, target: Database, told: Told) -> None:
    tables = list(Base.metadata.sorted_tables)
    whole = sum(_count(reading, table) for table in tables)
    done = 0
    with target.engine.connect() as writing:
        if target.is_sqlite:
            writing.exec_driver_sql("PRAGMA foreign_keys=OFF")
            writing.rollback()
        with writing.begin():
            for table in tables:
                writing.execute(table.delete())  # what a migration put there
                streamed = reading.execution_options(yield_per=_ROWS_A_STEP)
                for part in streamed.execute(select(table)).mappings().partitions():
                    rows: list[dict[str, Any]] = [dict(row) for row in part]
                    writing.execute(insert(table), rows)
                    done += len(rows)
                    told(done, whole)
            if not target.is_sqlite:
                _advance_sequences(writing, tables)


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _advance_sequences(connection: Connection, tables: list[Table]) -> None:
    """Rows came with their numbers; what Postgres would give out next must lie behind them."""
    existing = inspect(connection)
    for table in tables:
        for column in existing.get_columns(table.name):
            if "nextval" in (column.get("default") or ""):
                name = column["name"]
                sequence = func.pg_get_serial_sequence(table.name, name)
                used = connection.execute(select(func.max(table.c[name]))).scalar_one() or 0
                connection.execute(select(func.setval(sequence, used + 1, False)))
