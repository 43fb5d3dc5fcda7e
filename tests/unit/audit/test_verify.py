"""Tampering is found and located, whatever it is."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from tests.unit.audit.conftest import Book

from on_prem_rag.audit.chain import Chain, Link
from on_prem_rag.audit.verify import Break, verify

EVENTS = 60
TAMPERINGS = 120
_FIELDS = {
    "actor_id": "bob-id",
    "actor_name": "bob",
    "address": "10.0.0.9",
    "request_id": "another-request",
    "subject": "grant",
    "action": "delete",
    "target_type": "user",
    "target_id": "someone",
    "outcome": "failure",
    "details": '{"size":1000}',
    "previous_hash": "f" * 64,
    "hash": "e" * 64,
    "time": "2025-01-01 00:00:00.000000",
}
_INSERT = (
    "INSERT INTO audit_events SELECT {number}, time, actor_id, actor_name, address, request_id, "
    "subject, action, target_type, target_id, outcome, '{{}}', previous_hash, hash "
    "FROM audit_events WHERE number = {source}"
)


def edit(book: Book, rng: random.Random) -> int:
    number = rng.randint(1, EVENTS)
    field = rng.choice(sorted(_FIELDS))
    book.tamper(
        f"UPDATE audit_events SET {field} = :value WHERE number = :number",
        value=_FIELDS[field],
        number=number,
    )
    return number


def delete(book: Book, rng: random.Random) -> int:
    number = rng.randint(1, EVENTS - 1)
    last = min(EVENTS - 1, number + rng.randint(0, 3))
    book.tamper("DELETE FROM audit_events WHERE number BETWEEN :a AND :b", a=number, b=last)
    return number


def delete_and_close_up(book: Book, rng: random.Random) -> int:
    number = rng.randint(1, EVENTS - 1)
    # Through negative numbers, because the key must stay unique at every step.
    book.tamper(
        "DELETE FROM audit_events WHERE number = :n",
        "UPDATE audit_events SET number = -number WHERE number > :n",
        "UPDATE audit_events SET number = -number - 1 WHERE number < 0",
        n=number,
    )
    return number


def insert(book: Book, rng: random.Random) -> int:
    number = rng.randint(1, EVENTS)
    book.tamper(
        f"UPDATE audit_events SET number = -number WHERE number >= {number}",
        f"UPDATE audit_events SET number = 1 - number WHERE number < 0 AND number < {number}",
        _INSERT.format(number=number, source=number + 1),
    )
    return number


def insert_at_the_end(book: Book, rng: random.Random) -> int:
    number = EVENTS + rng.randint(1, 5)
    book.tamper(_INSERT.format(number=number, source=rng.randint(1, EVENTS)))
    return number


def swap(book: Book, rng: random.Random) -> int:
    first, second = sorted(rng.sample(range(1, EVENTS + 1), 2))
    book.tamper(
        "UPDATE audit_events SET number = -1 WHERE number = :a",
        "UPDATE audit_events SET number = :a WHERE number = :b",
        "UPDATE audit_events SET number = :b WHERE number = -1",
        a=first,
        b=second,
    )
    return first


def cut(book: Book, rng: random.Random) -> int:
    number = rng.randint(1, EVENTS)
    book.tamper("DELETE FROM audit_events WHERE number >= :n", n=number)
    return number


def cut_and_move_the_head(book: Book, rng: random.Random) -> int:
    number = rng.randint(2, EVENTS)
    book.tamper(
        "DELETE FROM audit_events WHERE number >= :n",
        "UPDATE audit_marks SET number = :n - 1, hash = "
        "(SELECT hash FROM audit_events WHERE number = :n - 1) WHERE name = 'head'",
        n=number,
    )
    return number


TAMPER: list[Callable[[Book, random.Random], int]] = [
    edit,
    delete,
    delete_and_close_up,
    insert,
    insert_at_the_end,
    swap,
    cut,
    cut_and_move_the_head,
]


def restore(book: Book, rows: list[dict[str, Any]], head: dict[str, Any]) -> None:
    names = ", ".join(rows[0])
    values = ", ".join(f":{name}" for name in rows[0])
    book.tamper("DELETE FROM audit_events")
    with book.database.write() as session:
        session.execute(text(f"INSERT INTO audit_events ({names}) VALUES ({values})"), rows)
        session.execute(text("DELETE FROM audit_marks"))
        session.execute(text("INSERT INTO audit_marks VALUES (:name, :number, :hash, :mac)"), head)


def test_every_tampering_is_located(book: Book) -> None:
    book.write(EVENTS)
    rows, head = book.rows(), book.mark("head")
    rng = random.Random(20260101)
    missed = []
    for turn in range(TAMPERINGS):
        untouched = book.verify()
        assert untouched.intact, untouched
        assert untouched.checked == EVENTS
        how = TAMPER[turn % len(TAMPER)]
        place = how(book, rng)
        found = book.verify()
        if found.broken is None or found.broken.number != place:
            missed.append((how.__name__, place, found.broken))
        restore(book, rows, head)
    assert missed == []


@pytest.mark.parametrize(
    ("tampering", "kind"),
    [(edit, "changed"), (delete, "missing"), (cut, "truncated"), (insert_at_the_end, "surplus")],
)
def test_the_kind_is_said(
    book: Book, tampering: Callable[[Book, random.Random], int], kind: str
) -> None:
    book.write(EVENTS)
    place = tampering(book, random.Random(1))
    broken = book.verify().broken
    assert broken is not None
    assert (broken.number, broken.kind) == (place, kind)


def test_an_empty_log_is_intact_and_a_lost_head_is_not(book: Book) -> None:
    assert book.verify().intact
    book.tamper("DELETE FROM audit_marks")
    assert book.verify().broken == Break(1, "head")


def test_another_key_fits_nothing(book: Book) -> None:
    book.write(3)
    assert verify(book.database, Chain("x" * 40)).broken == Break(1, "changed")


def test_going_on_after_a_tampering_does_not_heal_it(book: Book) -> None:
    book.write(EVENTS)
    cut_and_move_the_head(book, random.Random(3))
    book.write(5)
    broken = book.verify().broken
    assert broken is not None
    assert broken.kind == "head"


def test_only_an_anchor_shows_that_an_old_state_was_put_back(book: Book) -> None:
    book.write(10)
    rows, head = book.rows(), book.mark("head")
    book.write(10)
    anchor = book.verify().head
    book.write(5)
    kept = book.verify(anchor)
    assert kept.intact
    assert kept.anchor_checked
    restore(book, rows, head)
    assert book.verify().intact
    assert book.verify(anchor).broken == Break(11, "truncated")
    book.write(15)
    assert book.verify().intact
    assert book.verify(anchor).broken == Break(20, "unlinked")


def test_an_anchor_at_the_very_beginning_holds_always(book: Book) -> None:
    anchor = book.verify().head
    assert anchor == Link(0, "0" * 64)
    book.write(3)
    assert book.verify(anchor).intact
