"""Rows of SQL as ingest leaves them, with vectors made from the text, for tests of the indexes."""

from __future__ import annotations

import hashlib

import numpy as np
from sqlalchemy import delete, insert, select

import on_prem_rag.auth.models
import on_prem_rag.conversations.models
import on_prem_rag.jobs.models  # noqa: F401 - every table is created
from on_prem_rag.access.models import Collection
from on_prem_rag.db.base import Base, new_id, utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.documents.changes import append_change, ensure_counter
from on_prem_rag.documents.generations import store_vectors
from on_prem_rag.documents.models import Chunk, Document, DocumentVersion, EmbeddingModel
from on_prem_rag.documents.moving import move_document
from on_prem_rag.documents.repository import DocumentRepository
from on_prem_rag.documents.service import publish_version
from on_prem_rag.llm.protocols import FloatVector, ModelFingerprint

DIMENSIONS = 8
FIRST_MODEL = ModelFingerprint("first", "digest", DIMENSIONS)


def vector_of(text: str, model: ModelFingerprint = FIRST_MODEL) -> FloatVector:
    """The vector of a text by a model: the same every time, another for another text or model."""
    seed = hashlib.sha256(f"{model.id}{text}".encode()).digest()[:8]
    drawn = np.random.default_rng(int.from_bytes(seed, "big")).standard_normal(model.dimensions)
    vector: FloatVector = (drawn / np.linalg.norm(drawn)).astype(np.float32)
    return vector


class IndexRows:
    """Writes Collections, documents and models into a database whose tables it creates."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._repository = DocumentRepository()
        Base.metadata.create_all(database.engine)
        with database.write() as session:
            ensure_counter(session)

    def collection(self, *, private: bool = False) -> str:
        with self.database.write() as session:
            collection = Collection(name=new_id(), owner_id="owner", private=private)
            session.add(collection)
        return collection.id

    def model(self, model: ModelFingerprint = FIRST_MODEL) -> ModelFingerprint:
        """Store the model complete, with a vector for every chunk there is."""
        with self.database.write() as session:
            row = EmbeddingModel(
                id=model.id,
                name=model.name,
                digest=model.digest,
                dimensions=model.dimensions,
                canaries=b"",
                complete_at=utc_now(),
            )
            session.add(row)
            session.flush()
            chunks = session.execute(select(Chunk.id, Chunk.text)).all()
            vectors = np.array([vector_of(text, model) for _, text in chunks])
            store_vectors(session, model.id, [chunk_id for chunk_id, _ in chunks], vectors)
        return model

    def publish(
        self, collection_id: str, name: str, texts: list[str], title: str | None = None
    ) -> list[str]:
        """Store a document's next version of one chunk a text; returns the chunks' ids."""
        with self.database.write() as session:
            document = self._repository.find_by_name(session, collection_id, name)
            if document is None:
                document = Document(collection_id=collection_id, name=name, created_by="owner")
                session.add(document)
                session.flush()
            number = len(self._repository.versions(session, document.id)) + 1
            version = DocumentVersion(
                document_id=document.id,
                number=number,
                sha256=hashlib.sha256(repr((name, texts)).encode()).hexdigest(),
                size_bytes=1,
                title=title,
                media_type="text/plain",
                created_by="owner",
            )
            session.add(version)
            session.flush()
            rows = [_chunk_row(document, version, i, text) for i, text in enumerate(texts)]
            if rows:
                session.execute(insert(Chunk), rows)
            chunk_ids = [str(row["id"]) for row in rows]
            for model in session.scalars(select(EmbeddingModel)):
                fingerprint = ModelFingerprint(model.name, model.digest, model.dimensions)
                vectors = np.array([vector_of(text, fingerprint) for text in texts])
                store_vectors(session, model.id, chunk_ids, vectors)
            publish_version(session, self._repository, document, version)
        return chunk_ids

    def remove(self, collection_id: str, name: str) -> None:
        """Delete a document as the service does."""
        with self.database.write() as session:
            document = self._repository.find_by_name(session, collection_id, name)
            assert document is not None
            chunk_ids = self._repository.chunk_ids(session, document.id)
            session.delete(document)
            append_change(
                session,
                "remove",
                collection_id=collection_id,
                document_id=document.id,
                removed_chunk_ids=chunk_ids,
            )

    def move(self, source_id: str, target_id: str, name: str) -> None:
        """Move a document as the service does."""
        with self.database.write() as session:
            document = self._repository.find_by_name(session, source_id, name)
            assert document is not None
            move_document(session, document.id, source_id, target_id)

    def drop(self, collection_id: str) -> None:
        """Delete a Collection as the service does."""
        with self.database.write() as session:
            session.execute(delete(Collection).where(Collection.id == collection_id))
            append_change(session, "drop", collection_id=collection_id)

    def chunk_ids(self) -> dict[str, set[str]]:
        """Every chunk in SQL by Collection."""
        found: dict[str, set[str]] = {}
        with self.database.read() as session:
            for collection_id, chunk_id in session.execute(select(Chunk.collection_id, Chunk.id)):
                found.setdefault(collection_id, set()).add(chunk_id)
        return found


def _chunk_row(
    document: Document, version: DocumentVersion, ordinal: int, text: str
) -> dict[str, object]:
    return {
        "id": new_id(),
        "version_id": version.id,
        "document_id": document.id,
        "collection_id": document.collection_id,
        "ordinal": ordinal,
        "kind": "text",
        "text": text,
        "heading_path": ["Heading"],
        "char_start": 0,
        "char_end": len(text),
        "token_count": 1,
        "boxes": [],
        "spans": [],
        "content_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
