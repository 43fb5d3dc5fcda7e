from __future__ import annotations

from collections.abc import Iterator

import pytest

from on_prem_rag.db import migrate
from on_prem_rag.db.session import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    migrate.upgrade(database)
    yield database
    database.close()
