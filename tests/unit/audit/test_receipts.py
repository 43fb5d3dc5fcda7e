"""Receipts: what they keep, whose they are, and when the last backup lets go."""

from datetime import UTC, datetime

import pytest
from tests.unit.audit.conftest import ANN, BOB, Book

from on_prem_rag.audit.receipts import (
    ReceiptBook,
    Removal,
    Retention,
    get_receipt,
    list_receipts,
    pack_ids,
    unpack_hashes,
    unpack_ids,
)
from on_prem_rag.db.base import new_id
from on_prem_rag.errors import ReceiptNotFound


def test_ids_and_hashes_come_back_as_they_were_packed() -> None:
    ids = [new_id() for _ in range(3)]
    assert unpack_ids(pack_ids(ids)) == ids
    assert unpack_ids(b"") == []
    assert unpack_hashes(bytes.fromhex("ab" * 32 + "cd" * 32)) == {"ab" * 32, "cd" * 32}


@pytest.mark.parametrize(
    ("retention", "clear"),
    [
        (Retention(daily=30, weekly=0, monthly=0), datetime(2026, 12, 22, tzinfo=UTC)),
        (Retention(daily=7, weekly=8, monthly=0), datetime(2027, 1, 23, tzinfo=UTC)),
        (Retention(), datetime(2027, 12, 1, tzinfo=UTC)),
        (Retention(daily=0, weekly=0, monthly=1), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_backups_are_clear_when_the_longest_kept_one_is_gone(
    retention: Retention, clear: datetime
) -> None:
    assert retention.clear_from(datetime(2026, 11, 21, 23, 59, tzinfo=UTC)) == clear


def test_nothing_kept_is_clear_the_next_day() -> None:
    moment = datetime(2026, 12, 31, 12, tzinfo=UTC)
    assert Retention(0, 0, 0).clear_from(moment) == datetime(2027, 1, 1, tzinfo=UTC)


def test_a_receipt_names_its_actor_and_keeps_no_plain_hash(book: Book) -> None:
    sha256, removal = "a1" * 32, Removal(documents=[new_id()])
    removal.originals[sha256] = 7
    with book.database.write() as session:
        made = ReceiptBook().write(session, "document", removal.documents[0], removal, actor=ANN)
        assert (made.actor_id, made.actor_name) == (ANN.id, ANN.username)
        assert made.counts["original_bytes"] == 7
        assert bytes.fromhex(sha256) not in made.originals
        assert unpack_hashes(made.originals) == {book.chain.text_hash(sha256)}
        with pytest.raises(ReceiptNotFound):
            get_receipt(session, made.id, BOB.id)
        assert get_receipt(session, made.id, ANN.id) is made
        assert list_receipts(session, actor_id=BOB.id, limit=9, offset=0) == ([], 0)
        assert list_receipts(session, actor_id=None, limit=9, offset=0) == ([made], 1)
