from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.index_rows import IndexRows

from on_prem_rag.db.session import Database
from on_prem_rag.index.owner import IndexSlot
from on_prem_rag.index.projector import Projector


@pytest.fixture
def rows(database_url: str) -> Iterator[IndexRows]:
    """An empty database with its tables."""
    database = Database(database_url)
    yield IndexRows(database)
    database.close()


@pytest.fixture
def projector(rows: IndexRows, tmp_path: Path) -> Iterator[Projector]:
    """A projector in a slot of its own, beside a model that is complete."""
    rows.model()
    slot = IndexSlot.acquire(tmp_path / "index", 1)
    made = Projector(rows.database, slot)
    yield made
    made.close()
    slot.release()
