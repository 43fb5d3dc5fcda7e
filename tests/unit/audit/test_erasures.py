"""Which stores a receipt waits for, and which index slots have to report."""

from datetime import timedelta

from sqlalchemy.orm import Session
from tests.unit.audit.conftest import ANN, Book

from on_prem_rag.audit.erasures import SHARED, finish, newest, pending, report_place, states
from on_prem_rag.audit.models import Receipt
from on_prem_rag.audit.receipts import ReceiptBook, Removal


def write(session: Session, change: int | None = None, *, original: bool = False) -> Receipt:
    removal = Removal(change=change)
    if original:
        removal.originals["ab" * 32] = 1
    return ReceiptBook().write(session, "document", "x", removal, actor=ANN)


def test_every_slot_that_held_it_has_to_report(book: Book) -> None:
    with book.database.write() as session:
        report_place(session, "old", "host-a/1", 0)
        report_place(session, "new", "host-b/1", 7)
        gone = report_place(session, "gone", "host-c/1", 0)
        gone.seen_at -= timedelta(days=31)
        receipt = write(session, 5)
        found = [(state.store, state.place) for state in states(session, receipt)]
        assert found == [("sql", SHARED), ("vectors", "host-a/1"), ("lexical", "host-a/1")]
        assert not any(state.finished_at for state in states(session, receipt))
        finish(session, [receipt], "vectors", "old")
        finish(session, [receipt], "vectors", "old")
        done = {state.store for state in states(session, receipt) if state.finished_at}
        assert done == {"vectors"}


def test_what_waits_is_told_oldest_first_until_it_is_finished(book: Book) -> None:
    with book.database.write() as session:
        talk, paper = write(session), write(session, 3, original=True)
        paper.created_at += timedelta(seconds=1)
        session.flush()
        assert list(pending(session, "sql")) == [talk, paper]
        assert list(pending(session, "originals")) == [paper]
        assert list(pending(session, "vectors", "slot", after=0)) == [paper]
        assert list(pending(session, "vectors", "slot", after=3)) == []
        finish(session, [talk], "sql")
        finish(session, [paper], "vectors", "slot")
        assert list(pending(session, "sql")) == [paper]
        assert list(pending(session, "vectors", "slot", after=0)) == []
        assert list(pending(session, "vectors", "other", after=0)) == [paper]
        assert newest(session)[0] == 2
