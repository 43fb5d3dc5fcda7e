from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from on_prem_rag.auth.models import ApiKey, RefreshToken, User
from on_prem_rag.auth.passwords import Passwords
from on_prem_rag.auth.service import AuthService
from on_prem_rag.auth.tokens import AccessTokens
from on_prem_rag.db.base import Base
from on_prem_rag.db.session import Database
from on_prem_rag.quotas.models import Counter

SECRET = "a secret of the tests, longer than 32 bytes"


class Clock:
    """Time that moves only when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def timestamp(self) -> float:
        return self.now.timestamp()

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'auth.db'}")
    tables = [User.__table__, RefreshToken.__table__, ApiKey.__table__, Counter.__table__]
    Base.metadata.create_all(database.engine, tables=tables)  # type: ignore[arg-type]
    yield database
    database.close()


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    return Passwords(memory_kib=64, passes=1)


@pytest.fixture
def wall_clock(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """python-jose reads the time itself; let it see the same clock."""

    class Frozen(type(clock.now)):  # type: ignore[misc]
        @classmethod
        def now(cls, tz: object = None) -> object:
            return clock.now

    monkeypatch.setattr("jose.jwt.datetime", Frozen)


@pytest.fixture
def auth(database: Database, passwords: Passwords, clock: Clock, wall_clock: None) -> AuthService:
    tokens = AccessTokens(SECRET, clock=clock.timestamp)
    return AuthService(database, tokens, passwords, clock=clock)
