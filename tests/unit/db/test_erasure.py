"""Deleted rows leave the database's files; on Postgres the role has to be allowed to see to it."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, text
from tests.databases import ON_POSTGRES
from tests.raw_files import grep

from on_prem_rag.db.erasure import erase_freed
from on_prem_rag.db.session import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    yield made
    made.close()


def churn(database: Database) -> dict[str, bytes]:
    """Rows of all sizes come and go; returns the words of those that went."""
    gone: dict[str, bytes] = {}
    with database.write() as session:
        session.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY, body TEXT)"))
    for start in range(0, 400, 20):
        with database.write() as session:
            for number in range(start, start + 20):
                word = secrets.token_hex(12)
                body = f"{word} " * (1 + number % 9 * 40)
                row = {"id": number * 7919 % 4001, "body": body}
                session.execute(text("INSERT INTO things VALUES (:id, :body)"), row)
                gone |= {word: word.encode()} if number % 3 else {}
        with database.write() as session:
            for word in list(gone):
                kept = text("DELETE FROM things WHERE body LIKE :word")
                session.execute(kept, {"word": f"{word}%"})
    return gone


@pytest.mark.skipif(ON_POSTGRES, reason="Postgres keeps its files elsewhere")
def test_deleted_rows_are_in_no_file(database: Database, tmp_path: Path) -> None:
    gone = churn(database)
    assert grep(tmp_path, gone), "the control: the log holds them"
    assert erase_freed(database, ["things"])
    assert grep(tmp_path, gone) == set()


@pytest.mark.skipif(ON_POSTGRES, reason="SQLite's own setting")
def test_without_overwriting_they_would_stay(database: Database, tmp_path: Path) -> None:
    def forget(connection, _record) -> None:
        connection.execute("PRAGMA secure_delete=OFF")

    event.listen(database.engine, "connect", forget)
    database.engine.dispose()
    gone = churn(database)
    assert erase_freed(database, ["things"])
    assert grep(tmp_path, gone)


@pytest.mark.skipif(ON_POSTGRES, reason="SQLite's log")
def test_a_reader_of_an_old_state_puts_it_off(database: Database) -> None:
    gone = churn(database)
    with database.read() as session:
        assert gone
        session.execute(text("SELECT count(*) FROM things")).all()
        with database.write() as writer:
            writer.execute(text("DELETE FROM things"))
        assert not erase_freed(database, ["things"])
    assert erase_freed(database, ["things"])


@pytest.mark.skipif(not ON_POSTGRES, reason="rights are Postgres's")
def test_a_role_that_may_not_vacuum_says_so(database: Database, database_url: str) -> None:
    churn(database)
    assert erase_freed(database, ["things"])
    role = f"reader_{secrets.token_hex(4)}"
    with database.write() as session:
        session.execute(text(f"CREATE ROLE {role} LOGIN"))
    other = Database(str(create_engine(database_url).url.set(username=role)))
    try:
        assert not erase_freed(other, ["things"])
    finally:
        other.close()
        with database.write() as session:
            session.execute(text(f"DROP ROLE {role}"))
