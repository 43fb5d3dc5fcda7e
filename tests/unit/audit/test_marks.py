import pytest
from tests.unit.audit.conftest import Book

from on_prem_rag.audit.chain import GENESIS, START, Link
from on_prem_rag.audit.marks import find_mark, get_head, put_mark
from on_prem_rag.errors import Conflict


def test_a_mark_is_moved_and_signed(book: Book) -> None:
    with book.database.write() as session:
        assert find_mark(session, book.chain, "checkpoint") == (None, False)
        for number in (3, 7):
            put_mark(session, book.chain, "checkpoint", Link(number, "a" * 64))
            found = find_mark(session, book.chain, "checkpoint", lock=True)
            assert found == (Link(number, "a" * 64), True)


def test_a_mark_moved_by_hand_is_not_signed(book: Book) -> None:
    with book.database.read() as session:
        assert get_head(session, book.chain) == START == Link(0, GENESIS)
    book.tamper("UPDATE audit_marks SET number = 5")
    with book.database.read() as session:
        assert find_mark(session, book.chain, "head") == (Link(5, GENESIS), False)
        with pytest.raises(Conflict):
            get_head(session, book.chain)


def test_one_that_was_left_unsigned_stays_so(book: Book) -> None:
    with book.database.write() as session:
        put_mark(session, book.chain, "head", Link(5, GENESIS), sign=False)
        assert find_mark(session, book.chain, "head") == (Link(5, GENESIS), False)
