from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from tests.unit.audit.conftest import Book

from on_prem_rag.audit import retention
from on_prem_rag.audit.retention import drop_events_before
from on_prem_rag.audit.verify import Break
from on_prem_rag.errors import Conflict

START = datetime(2026, 1, 1, tzinfo=UTC)


def cutoff(events: int) -> datetime:
    """The time before which that many events lie: they are a second apart."""
    return START + timedelta(seconds=events + 0.5)


def test_the_rest_still_holds(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 4)
    book.write(20)
    anchor = book.verify().head
    assert drop_events_before(book.database, book.chain, cutoff(10)) == 10
    found = book.verify(anchor)
    assert found.intact
    assert found.anchor_checked
    assert (found.checkpoint, found.checked) == (10, 11)  # ten kept, and that ten were dropped
    assert book.rows()[-1]["action"] == "prune"
    assert drop_events_before(book.database, book.chain, cutoff(10)) == 0


def test_all_may_be_dropped(book: Book) -> None:
    book.write(5)
    assert drop_events_before(book.database, book.chain, cutoff(100)) == 5
    assert book.verify().intact


def test_a_moved_or_lost_checkpoint_is_found(book: Book) -> None:
    book.write(20)
    drop_events_before(book.database, book.chain, cutoff(10))
    book.tamper(
        "DELETE FROM audit_events WHERE number <= 12",
        "UPDATE audit_marks SET number = 12 WHERE name = 'checkpoint'",
    )
    assert book.verify().broken == Break(12, "checkpoint")
    book.tamper("DELETE FROM audit_marks WHERE name = 'checkpoint'")
    assert book.verify().broken == Break(1, "missing")


def test_evidence_of_a_tampering_is_not_dropped(book: Book) -> None:
    book.write(20)
    book.tamper("UPDATE audit_events SET outcome = 'failure' WHERE number = 3")
    with pytest.raises(Conflict):
        drop_events_before(book.database, book.chain, cutoff(10))
    with book.database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM audit_events")) == 20
