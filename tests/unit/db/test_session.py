"""Units of work: whole or not at all, also with many writers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from threading import Thread

import pytest
from sqlalchemy import String, insert, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Mapped, mapped_column

from on_prem_rag.db.base import Base, UTCDateTime
from on_prem_rag.db.session import Database


class Note(Base):
    __tablename__ = "test_notes"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime | None] = mapped_column(UTCDateTime)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    Note.__table__.create(database.engine)
    yield database
    database.close()


# The table belongs to this test alone: the schema that migrations are compared with is without it.
Base.metadata.remove(Note.__table__)


def test_a_write_is_kept_and_a_failed_one_is_not(database: Database) -> None:
    with database.write() as session:
        session.add(Note(id="kept"))
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(Note(id="lost"))
        session.flush()
        session.execute(insert(Note), [{"id": "kept"}])
    with database.read() as session:
        assert session.get(Note, "kept") is not None
        assert session.get(Note, "lost") is None


def test_what_a_read_changes_is_not_kept(database: Database) -> None:
    with database.read() as session:
        session.add(Note(id="x"))
        session.flush()
    with database.read() as session:
        assert session.get(Note, "x") is None


def test_concurrent_read_and_add_lose_nothing(database: Database) -> None:
    with database.write() as session:
        session.add(Note(id="n"))

    def add() -> None:
        for _ in range(10):
            with database.write() as session:
                note = session.get_one(Note, "n", with_for_update=True)
                note.count += 1

    threads = [Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert session.get_one(Note, "n").count == 40


def test_times_come_back_aware_in_utc_and_naive_ones_are_refused(database: Database) -> None:
    east = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    with database.write() as session:
        session.add(Note(id="t", at=east))
    with database.read() as session:
        at = session.get_one(Note, "t").at
        assert at == east
        assert at.tzinfo is UTC
    with pytest.raises(StatementError, match="naive"), database.write() as session:
        session.add(Note(id="naive", at=datetime(2026, 1, 1)))


def test_sqlite_is_durable_and_keeps_its_foreign_keys(database: Database) -> None:
    if not database.is_sqlite:
        return
    with database.read() as session:
        values = [
            session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert values == ["wal", 2, 1]
