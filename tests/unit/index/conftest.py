from collections.abc import Iterator

import pytest
from tests.index_rows import IndexRows

from on_prem_rag.db.session import Database


@pytest.fixture
def rows(database_url: str) -> Iterator[IndexRows]:
    """An empty database with its tables."""
    database = Database(database_url)
    yield IndexRows(database)
    database.close()
