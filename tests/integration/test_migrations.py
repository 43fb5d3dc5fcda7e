"""Migrations: what they make is what the models say, up and down, with rows in every table."""

import importlib
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    func,
    insert,
    select,
    text,
)

from on_prem_rag.db import migrate
from on_prem_rag.db.base import Base, UTCDateTime
from on_prem_rag.db.compatibility import CompatibleRevision
from on_prem_rag.db.session import Database
from on_prem_rag.documents.models import ChangeCounter
from on_prem_rag.errors import ConfigurationError

for package in (
    "access",
    "audit",
    "auth",
    "conversations",
    "documents",
    "jobs",
    "quotas",
    "settings",
):
    importlib.import_module(f"on_prem_rag.{package}.models")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


FILLED = {ChangeCounter.__tablename__, CompatibleRevision.__tablename__}
"""Tables in which migrations write rows."""


def fill(database: Database) -> None:
    """One row in every table, each foreign key naming the row of its table."""
    with database.write() as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in FILLED:
                session.execute(insert(table), [{c.name: value(c) for c in table.columns}])


def value(column: Column[Any]) -> Any:
    kind = column.type
    if isinstance(kind, UTCDateTime):
        return datetime(2026, 1, 1, tzinfo=UTC)
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Integer | Float):
        return 1
    if isinstance(kind, LargeBinary):
        return b"x"
    if isinstance(kind, JSON):
        return {}
    return "x"


def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []


def test_down_and_up_again_with_rows_in_every_table(database: Database) -> None:
    migrate.upgrade(database)
    fill(database)
    migrate.downgrade(database, "base")
    assert migrate.current_revision(database) is None
    migrate.upgrade(database)
    assert migrate.is_current(database)
    with database.read() as session:
        for table in Base.metadata.sorted_tables:
            rows = session.scalar(select(func.count()).select_from(table))
            assert (rows > 0) == (table.name in FILLED), table.name


def test_migrating_again_changes_nothing(database: Database) -> None:
    migrate.upgrade(database)
    fill(database)
    migrate.upgrade(database)
    with database.read() as session:
        for table in Base.metadata.sorted_tables:
            rows = session.scalar(select(func.count()).select_from(table))
            assert rows == 1 or table.name in FILLED, table.name


def test_everyone_from_before_gets_a_private_collection(database: Database) -> None:
    migrate.upgrade(database)
    migrate.downgrade(database, "0003")
    old = "INSERT INTO users (id, username, password_hash, role, disabled, must_change_password,"
    old += " epoch, created_at) VALUES (:id, :id, 'x', 'member', false, false, 0, '2026-01-01')"
    has_one = "INSERT INTO collections (id, name, description, owner_id, private, created_at)"
    has_one += " VALUES ('c', 'Mine', '', 'bob', true, '2026-01-01')"
    with database.write() as session:
        for name in ("ann", "bob"):
            session.execute(text(old), {"id": name})
        session.execute(text(has_one))
    migrate.upgrade(database)
    with database.read() as session:
        private = "SELECT owner_id, name FROM collections WHERE private ORDER BY owner_id"
        assert session.execute(text(private)).all() == [("ann", "Private"), ("bob", "Mine")]
        assert session.scalars(text("SELECT kind FROM users")).all() == ["person", "person"]


def test_an_older_program_runs_on_a_newer_schema_that_only_adds(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "older"
    shutil.copytree(migrate._MIGRATIONS, older)
    newer = tmp_path / "newer"
    shutil.copytree(migrate._MIGRATIONS, newer)
    for number, expands in (("9001", True), ("9002", False)):
        before = migrate.head_revision() if number == "9001" else "9001"
        (newer / "versions" / f"{number}.py").write_text(
            f"revision, down_revision, EXPANDS = {number!r}, {before!r}, {expands}\n"
            f"from alembic import op\n"
            f"def upgrade(): op.execute('CREATE TABLE new_{number} (id integer)')\n"
            f"def downgrade(): op.execute('DROP TABLE new_{number}')\n"
        )
    head = migrate.head_revision()

    def runs(program: Path) -> None:
        monkeypatch.setattr(migrate, "_MIGRATIONS", program)

    runs(newer)
    migrate.upgrade(database, "9001")
    runs(older)
    assert migrate.is_current(database)
    migrate.upgrade(database)
    assert migrate.current_revision(database) == "9001", "nothing happened"

    runs(newer)
    migrate.upgrade(database)
    runs(older)
    assert not migrate.is_current(database)
    with pytest.raises(ConfigurationError, match="from a newer version"):
        migrate.upgrade(database)

    runs(newer)
    migrate.downgrade(database, head)
    runs(older)
    assert migrate.is_current(database)
