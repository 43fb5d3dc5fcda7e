from __future__ import annotations

from collections.abc import Iterator

import pytest

from on_prem_rag.access.models import Collection
from on_prem_rag.db.base import Base
from on_prem_rag.db.session import Database
from on_prem_rag.documents.models import Document, DocumentVersion
from on_prem_rag.documents.statistics import LibraryTotals, library_totals


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    yield database
    database.close()


def test_totals_count_passages_of_current_versions_and_bytes_of_all(empty: Database) -> None:
    with empty.write() as session:
        assert library_totals(session) == LibraryTotals(0, 0, 0)
        session.add(Collection(id="c", name="c", owner_id="ann"))
        session.flush()
        session.add(Document(id="d", collection_id="c", name="d", created_by="ann"))
        session.flush()
        for number, current in ((1, False), (2, True)):
            version = DocumentVersion(
                document_id="d",
                number=number,
                sha256=str(number),
                size_bytes=100,
                chunk_count=7,
                created_by="ann",
            )
            session.add(version)
            session.flush()
            if current:
                session.get(Document, "d").current_version_id = version.id  # type: ignore[union-attr]
        session.flush()
        assert library_totals(session) == LibraryTotals(1, 7, 200)
