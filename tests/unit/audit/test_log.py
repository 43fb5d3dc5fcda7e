"""What is recorded is kept with what it tells of, in one unbroken chain."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from structlog.testing import capture_logs
from tests.databases import ON_POSTGRES
from tests.unit.audit.conftest import ANN, BOB, KEY, Book

from on_prem_rag.audit.chain import Chain
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import AuditLog, record, text_hash
from on_prem_rag.db.session import Database
from on_prem_rag.documents.changes import append_change
from on_prem_rag.monitoring.request_context import begin_request, signed_in_as

WRITERS = 8
TOTAL = 10_000 if os.environ.get("RAG_TEST_FULL") else 800


def test_an_event_holds_who_what_and_when(book: Book) -> None:
    with book.database.write() as session:
        target = ("grant", "grant-1")
        record(session, Event.GRANT_PUT, actor=ANN, target=target, level="reader", principal="bob")
    (row,) = book.rows()
    told = {name: row[name] for name in ("number", "actor_id", "actor_name", "subject", "action")}
    assert told == {
        "number": 1,
        "actor_id": "ann-id",
        "actor_name": "ann",
        "subject": "grant",
        "action": "put",
    }
    assert (row["target_type"], row["target_id"], row["outcome"]) == (*target, "success")
    assert json.loads(row["details"]) == {"level": "reader", "principal": "bob"}


def test_the_present_request_says_who_asks_and_whence(book: Book) -> None:
    def request() -> None:
        begin_request("request-1", "10.0.0.7")
        signed_in_as("ann-id", "ann")
        with book.database.write() as session:
            record(session, Event.LOGOUT)
            record(session, Event.LOGIN, actor=BOB)

    thread = threading.Thread(target=request)  # a thread has a context of its own
    thread.start()
    thread.join()
    first, second = book.rows()
    assert (first["request_id"], first["address"]) == ("request-1", "10.0.0.7")
    assert (first["actor_id"], second["actor_id"]) == ("ann-id", "bob-id")


def test_a_question_is_kept_as_a_hash(book: Book) -> None:
    with book.database.write() as session:
        record(session, Event.QUESTION_ASKED, question="Who is to be dismissed?", passages=["c1"])
        expected = text_hash(session, "who is to be dismissed?")
    (row,) = book.rows()
    assert "dismissed" not in str(row)
    assert json.loads(row["details"]) == {"passages": ["c1"], "question_hash": expected}


def test_what_is_rolled_back_was_never_recorded(book: Book) -> None:
    book.write(1)
    with pytest.raises(ZeroDivisionError), book.database.write() as session:
        record(session, Event.LOGOUT, actor=ANN)
        raise ZeroDivisionError
    book.write(1)
    assert [row["number"] for row in book.rows()] == [1, 2]
    assert book.verify().intact


def test_what_cannot_be_recorded_is_not_done(book: Book) -> None:
    with book.database.write() as session:
        session.execute(text("ALTER TABLE audit_events RENAME TO hidden"))
    with pytest.raises(DatabaseError), book.database.write() as session:
        session.execute(text("INSERT INTO change_counter VALUES (2, 7)"))
        record(session, Event.LOGOUT, actor=ANN)
    with book.database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM change_counter WHERE id = 2")) == 0


def test_a_unit_of_work_that_is_not_kept_records_nothing(book: Book) -> None:
    with book.database.read() as session, pytest.raises(RuntimeError, match="not kept"):
        record(session, Event.LOGOUT, actor=ANN)


def test_attaching_again_goes_on_with_the_chain(book: Book) -> None:
    book.write(3)
    again = Database(book.database.engine.url.render_as_string(hide_password=False))
    AuditLog(Chain(KEY)).attach(again)
    with again.write() as session:
        record(session, Event.LOGOUT, actor=ANN)
    again.close()
    assert book.verify().checked == 4
    assert book.verify().intact


_WRITER = """
import sys, threading
from on_prem_rag.audit.chain import Chain
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import AuditLog, record
from on_prem_rag.db.session import Database
url, key, threads, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
database = Database(url)
AuditLog(Chain(key)).attach(database)
def write():
    for number in range(count):
        with database.write() as session:
            record(session, Event.DOCUMENT_UPLOADED, target=("document", str(number)))
running = [threading.Thread(target=write) for _ in range(threads)]
for thread in running: thread.start()
for thread in running: thread.join()
database.close()
"""


def test_eight_writers_in_two_processes_leave_one_chain(book: Book) -> None:
    url = book.database.engine.url.render_as_string(hide_password=False)
    each = TOTAL // WRITERS
    command = [sys.executable, "-c", _WRITER, url, KEY, str(WRITERS // 2), str(each)]
    processes = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(600) for process in processes] == [0, 0]
    found = book.verify()
    assert found.intact, found
    assert found.checked == TOTAL


@pytest.mark.skipif(not ON_POSTGRES, reason="the trigger is Postgres's: RAG_TEST_DATABASE=postgres")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET outcome = 'failure'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
    ],
)
def test_postgres_refuses_to_change_what_is_recorded(book: Book, statement: str) -> None:
    book.write(2)
    with pytest.raises(DatabaseError, match="append-only"), book.database.write() as session:
        session.execute(text(statement))
    assert book.verify().checked == 2


def test_a_key_that_does_not_fit_is_told_at_start_and_signs_nothing(book: Book) -> None:
    book.write(3)
    other = Database(book.database.engine.url.render_as_string(hide_password=False))
    with capture_logs() as lines:
        AuditLog(Chain("another key, which is as long as it has to be")).attach(other)
        with other.write() as session:
            record(session, Event.LOGOUT, actor=ANN)
    other.close()
    told = [line["event"] for line in lines if line["log_level"] == "error"]
    assert told == ["audit_head_is_not_ours", "audit_head_broken"]
    assert book.mark("head")["mac"] == ""
    broken = book.verify().broken
    assert broken is not None
    assert (broken.number, broken.kind) == (4, "changed")


def test_a_lock_taken_in_another_order_stops_nobody(book: Book) -> None:
    """Two that take the change log's counter before, and after, they record."""

    def work(first: bool) -> None:
        for _ in range(20):
            with book.database.write() as session:
                if first:
                    record(session, Event.DOCUMENT_DELETED)
                append_change(session, "drop", collection_id="c")
                record(session, Event.COLLECTION_DELETED)

    threads = [threading.Thread(target=work, args=(number % 2 == 0,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    found = book.verify()
    assert found.intact
    assert found.checked == 2 * 20 * 2 + 2 * 20
