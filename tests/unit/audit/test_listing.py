from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.audit.conftest import ANN, BOB, Book

from on_prem_rag.audit.events import Event
from on_prem_rag.audit.listing import AuditFilter, events_after, list_events
from on_prem_rag.audit.log import record

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def three(book: Book) -> Book:
    """Events 1 to 3, a second apart."""
    with book.database.write() as session:
        record(session, Event.LOGIN, actor=ANN)
        record(session, Event.LOGIN_FAILED, target=("user", "bob-id"), outcome="failure")
        record(session, Event.DOCUMENT_DELETED, actor=BOB, target=("document", "d1"))
    return book


@pytest.mark.parametrize(
    ("chosen", "numbers"),
    [
        (AuditFilter(), [3, 2, 1]),
        (AuditFilter(actor="ann"), [1]),
        (AuditFilter(actor="bob-id"), [3]),
        (AuditFilter(event="session"), [2, 1]),
        (AuditFilter(event="session:login"), [1]),
        (AuditFilter(target="d1"), [3]),
        (AuditFilter(outcome="failure"), [2]),
        (AuditFilter(since=START + timedelta(seconds=2)), [3, 2]),
        (AuditFilter(until=START + timedelta(seconds=2)), [1]),
        (AuditFilter(event="session", outcome="success"), [1]),
    ],
)
def test_a_filter_keeps_what_fits(three: Book, chosen: AuditFilter, numbers: list[int]) -> None:
    with three.database.read() as session:
        assert [event.number for event in list_events(session, chosen)] == numbers


def test_pages_follow_each_other(three: Book) -> None:
    with three.database.read() as session:
        first = list_events(session, AuditFilter(), limit=2)
        second = list_events(session, AuditFilter(), before=first[-1].number, limit=2)
        onward = events_after(session, AuditFilter(), 1, through=2, limit=5)
    assert [event.number for event in (*first, *second)] == [3, 2, 1]
    assert [event.number for event in onward] == [2]
