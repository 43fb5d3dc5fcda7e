from __future__ import annotations

from collections.abc import Iterator

import pytest

from on_prem_rag.db import migrate
from on_prem_rag.db.session import Database


class Clock:
    """Time that moves only when told; it begins as a minute does."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    migrate.upgrade(database)
    yield database
    database.close()
