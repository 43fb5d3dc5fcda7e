"""Embedding models whose vectors stand side by side, and which of them is served.

The serving model is the newest complete one: every current chunk has a vector by it. A model being
filled is incomplete until then, and new documents are embedded by both meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import ColumnElement, delete, exists, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from on_prem_rag.db.base import utc_now
from on_prem_rag.documents.models import (
    Chunk,
    Document,
    DocumentVersion,
    Embedding,
    EmbeddingModel,
)
from on_prem_rag.llm.canary import canary_texts, matches
from on_prem_rag.llm.protocols import Embedder, FloatMatrix, ModelFingerprint


@dataclass(frozen=True, slots=True)
class UnembeddedChunk:
    """A chunk that lacks a vector, with what it is embedded from.

    ``title`` is the document's name where it has no title, as when it was taken in.
    """

    chunk_id: str
    title: str
    heading_path: tuple[str, ...]
    text: str


def register_model(session: Session, embedder: Embedder) -> EmbeddingModel:
    """Return the row of the embedder's model, created when new; complete if nothing lacks a vector.

    When a stored model's canaries no longer match, the model behind the name has changed: its row
    is marked incomplete and its vectors are removed, to be computed again.
    """
    fingerprint = embedder.fingerprint
    canaries = embedder.embed_documents(canary_texts())
    model = session.get(EmbeddingModel, fingerprint.id)
    if model is None:
        model = _add_model(session, fingerprint, canaries)
    if not matches(_matrix(model.canaries, model.dimensions), canaries):
        model.canaries, model.complete_at = canaries.tobytes(), None
        session.execute(delete(Embedding).where(Embedding.model_id == model.id))
    if model.complete_at is None:
        complete_if_filled(session, model)
    return model


def _add_model(
    session: Session, fingerprint: ModelFingerprint, canaries: FloatMatrix
) -> EmbeddingModel:
    """The new row, or the one that another process added at this very moment."""
    model = EmbeddingModel(
        id=fingerprint.id,
        name=fingerprint.name,
        digest=fingerprint.digest,
        dimensions=fingerprint.dimensions,
        canaries=canaries.tobytes(),
    )
    try:
        with session.begin_nested():
            session.add(model)
    except IntegrityError:
        return session.get_one(EmbeddingModel, fingerprint.id)
    return model


def serve_again(session: Session, model: EmbeddingModel) -> None:
    """Make a model chosen anew the newest, or incomplete when chunks lack its vectors."""
    serving = serving_model(session)
    if serving is not None and serving.id != model.id:
        model.complete_at = None
        complete_if_filled(session, model)


def serving_model(session: Session) -> EmbeddingModel | None:
    """The newest complete model, None before the first."""
    query = select(EmbeddingModel).where(EmbeddingModel.complete_at.is_not(None))
    return session.scalar(query.order_by(EmbeddingModel.complete_at.desc()).limit(1))


def complete_if_filled(session: Session, model: EmbeddingModel) -> bool:
    """Mark the model complete when no chunk lacks its vector; call it in a write."""
    if count_unembedded(session, model.id) > 0:
        return False
    model.complete_at = utc_now()
    session.flush()
    return True


def count_unembedded(session: Session, model_id: str) -> int:
    """Chunks without a vector by this model."""
    query = select(func.count()).select_from(Chunk).where(_lacks(model_id))
    return session.scalar(query) or 0


def find_unembedded(session: Session, model_id: str, limit: int) -> list[UnembeddedChunk]:
    """Some chunks without a vector by this model."""
    query = (
        select(Chunk.id, DocumentVersion.title, Document.name, Chunk.heading_path, Chunk.text)
        .join(DocumentVersion, DocumentVersion.id == Chunk.version_id)
        .join(Document, Document.id == Chunk.document_id)
        .where(_lacks(model_id))
        .limit(limit)
    )
    return [
        UnembeddedChunk(chunk_id, title or name, tuple(headings), text)
        for chunk_id, title, name, headings, text in session.execute(query)
    ]


def lacking_vectors(session: Session, model_id: str, chunk_ids: Sequence[str]) -> set[str]:
    """Those of ``chunk_ids`` that exist and have no vector by this model."""
    query = select(Chunk.id).where(Chunk.id.in_(chunk_ids), _lacks(model_id))
    return set(session.scalars(query))


def store_vectors(
    session: Session, model_id: str, chunk_ids: Sequence[str], vectors: FloatMatrix
) -> None:
    """Insert the vectors of chunks that have none by this model yet."""
    if chunk_ids:
        rows = [
            {"chunk_id": chunk_id, "model_id": model_id, "vector": vector.tobytes()}
            for chunk_id, vector in zip(chunk_ids, vectors.astype("<f4"), strict=True)
        ]
        session.execute(insert(Embedding), rows)


def vectors_by_content(
    session: Session, collection_id: str, model_id: str, hashes: Sequence[str]
) -> dict[str, bytes]:
    """Vectors already computed in this Collection for the same embedded text, by its hash.

    Never looks into another Collection: an instant upload would betray that it holds the text.
    """
    query = (
        select(Chunk.content_sha256, Embedding.vector)
        .join(Embedding, Embedding.chunk_id == Chunk.id)
        .where(
            Chunk.collection_id == collection_id,
            Embedding.model_id == model_id,
            Chunk.content_sha256.in_(hashes),
        )
    )
    return {content: vector for content, vector in session.execute(query)}  # noqa: C416 - Row


def _lacks(model_id: str) -> ColumnElement[bool]:
    has = exists().where(Embedding.chunk_id == Chunk.id, Embedding.model_id == model_id)
    return ~has.correlate(Chunk)


def _matrix(blob: bytes, dimensions: int) -> FloatMatrix:
    return np.frombuffer(blob, dtype="<f4").reshape(-1, dimensions)
