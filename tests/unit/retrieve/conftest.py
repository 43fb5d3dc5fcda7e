"""A retriever over real indexes and rows whose vectors are made from their texts."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update
from tests.index_rows import FIRST_MODEL, IndexRows, vector_of

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.models import Grant
from on_prem_rag.db.session import Database
from on_prem_rag.documents.models import Chunk, Document, DocumentVersion
from on_prem_rag.index.owner import IndexSlot
from on_prem_rag.index.projector import Projector
from on_prem_rag.index.serving import ServingIndex
from on_prem_rag.llm.protocols import FloatMatrix, FloatVector
from on_prem_rag.retrieve.passage import SearchQuery, SearchResult
from on_prem_rag.retrieve.retriever import Retriever

OWNER = Caller("owner", "owner", "member")


class TextEmbedder:
    """Its vectors are those of the rows: a text is near itself alone. Counts English words."""

    fingerprint = FIRST_MODEL
    max_tokens = 100

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def embed_documents(self, texts: list[str]) -> FloatMatrix:
        return np.array([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> FloatVector:
        return vector_of(text)

    def close(self) -> None:
        pass


@dataclass
class Library:
    rows: IndexRows
    projector: Projector
    index: ServingIndex
    retriever: Retriever

    @property
    def database(self) -> Database:
        return self.rows.database

    def publish(self, collection_id: str, name: str, *texts: str, **version: object) -> list[str]:
        """Store a document and bring the indexes up to it; ``version`` are further columns."""
        title = version.pop("title", None)
        ids = self.rows.publish(collection_id, name, list(texts), title)  # type: ignore[arg-type]
        if version:
            with self.database.write() as session:
                current = session.get(Chunk, ids[0])
                assert current is not None
                where = DocumentVersion.id == current.version_id
                session.execute(update(DocumentVersion).where(where).values(**version))
        self.projector.run_until_current()
        return ids

    def search(self, text: str, caller: Caller = OWNER, **bounds: object) -> SearchResult:
        return self.retriever.search(caller, SearchQuery(text, **bounds))  # type: ignore[arg-type]

    def found(self, text: str, caller: Caller = OWNER, **bounds: object) -> list[str]:
        """The texts of the passages."""
        return [passage.text for passage in self.search(text, caller, **bounds).passages]

    def grant(self, collection_id: str, principal: str) -> None:
        with self.database.write() as session:
            grant = Grant(collection_id=collection_id, principal=principal, level="reader")
            session.add(grant)

    def document_id(self, chunk_id: str) -> str:
        with self.database.read() as session:
            chunk = session.get(Chunk, chunk_id)
            assert chunk is not None
            document = session.get(Document, chunk.document_id)
            assert document is not None
            return document.id


@pytest.fixture
def library(database_url: str, tmp_path: Path) -> Iterator[Library]:
    database = Database(database_url)
    rows = IndexRows(database)
    rows.model()
    slot = IndexSlot.acquire(tmp_path / "index", 1)
    projector = Projector(database, slot)
    embedder = TextEmbedder()
    index = ServingIndex(projector, lambda name: embedder)
    yield Library(rows, projector, index, Retriever(database, index))
    index.close()
    projector.close()
    slot.release()
    database.close()
