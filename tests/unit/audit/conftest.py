"""A migrated database whose sessions record, and ways to tamper with what they recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from on_prem_rag.audit.chain import Chain, Link
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import AuditLog, record
from on_prem_rag.audit.verify import Verification, verify
from on_prem_rag.db import migrate
from on_prem_rag.db.session import Database

KEY = "an audit key of the tests, longer than 32 bytes"


@dataclass(frozen=True)
class Person:
    id: str
    username: str


ANN = Person("ann-id", "ann")
BOB = Person("bob-id", "bob")


class Clock:
    """Time that moves a second with each look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass
class Book:
    """A log, and a hand that writes past it."""

    database: Database
    chain: Chain
    clock: Clock

    def write(self, count: int) -> None:
        """Record this many events, five a unit of work."""
        for start in range(0, count, 5):
            with self.database.write() as session:
                for number in range(start, min(start + 5, count)):
                    target = ("document", f"document-{number}")
                    record(session, Event.DOCUMENT_UPLOADED, actor=ANN, target=target, size=number)

    def verify(self, anchor: Link | None = None) -> Verification:
        return verify(self.database, self.chain, anchor)

    def tamper(self, *statements: str, **values: Any) -> None:
        """Change tables as someone with full rights in the database would."""
        with self.database.write() as session:
            if not self.database.is_sqlite:
                session.execute(text("ALTER TABLE audit_events DISABLE TRIGGER USER"))
            for statement in statements:
                session.execute(text(statement), values)
            if not self.database.is_sqlite:
                session.execute(text("ALTER TABLE audit_events ENABLE TRIGGER USER"))

    def rows(self) -> list[dict[str, Any]]:
        with self.database.read() as session:
            found = session.execute(text("SELECT * FROM audit_events ORDER BY number"))
            return [dict(row) for row in found.mappings()]

    def mark(self, name: str) -> dict[str, Any]:
        with self.database.read() as session:
            query = text("SELECT * FROM audit_marks WHERE name = :name")
            return dict(session.execute(query, {"name": name}).mappings().one())


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    database = Database(database_url)
    migrate.upgrade(database)
    chain, clock = Chain(KEY), Clock()
    AuditLog(chain, clock=clock).attach(database)
    yield Book(database, chain, clock)
    database.close()
