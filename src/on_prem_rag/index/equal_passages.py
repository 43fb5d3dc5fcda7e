"""Which passages have a vector in Chroma: all, but of those with the same text a few.

Very many equal vectors cut others off in an HNSW graph: see docs/adr/0016-equal-passages.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from on_prem_rag.documents.models import Chunk, Embedding
from on_prem_rag.index.truth import id_parts

MOST = 8
"""So many passages of a Collection with the same text have a vector in Chroma."""


def projected_chunk_ids(session: Session, collection_id: str, model_id: str) -> list[str]:
    """Every chunk of a Collection that has a vector by the model, of equal ones the first few."""
    query = _embedded(collection_id, model_id)
    spare = equal_passages(session, collection_id, model_id).spare
    return [chunk_id for chunk_id in session.scalars(query) if chunk_id not in spare]


@dataclass(frozen=True, slots=True)
class EqualPassages:
    """Chunks of a Collection whose text many share: the first few by id, and the rest."""

    first: set[str] = field(default_factory=set)
    spare: set[str] = field(default_factory=set)


def equal_passages(
    session: Session,
    collection_id: str,
    model_id: str,
    among: Sequence[str] | None = None,
) -> EqualPassages:
    """The chunks with a vector whose text at least ``MOST`` of the Collection have.

    With ``among``, only those whose text is that of one of these chunks.
    """
    found = EqualPassages()
    for sha256 in _frequent_texts(session, collection_id, among):
        equal = _embedded(collection_id, model_id).where(Chunk.content_sha256 == sha256)
        chunk_ids = list(session.scalars(equal.order_by(Chunk.id)))
        found.first.update(chunk_ids[:MOST])
        found.spare.update(chunk_ids[MOST:])
    return found


def projected_counts(session: Session, model_id: str) -> dict[str, int]:
    """How many chunks of each Collection ``projected_chunk_ids`` gives."""
    texts = (
        select(Chunk.collection_id, func.count().label("held"))
        .join(Embedding, Embedding.chunk_id == Chunk.id)
        .where(Embedding.model_id == model_id)
        .group_by(Chunk.collection_id, Chunk.content_sha256)
        .subquery()
    )
    few = case((texts.c.held > MOST, MOST), else_=texts.c.held)
    query = select(texts.c.collection_id, func.sum(few)).group_by(texts.c.collection_id)
    return {row[0]: int(row[1]) for row in session.execute(query)}


def _embedded(collection_id: str, model_id: str) -> Select[str]:
    """The chunks of a Collection that have a vector by the model."""
    return (
        select(Chunk.id)
        .join(Embedding, Embedding.chunk_id == Chunk.id)
        .where(Chunk.collection_id == collection_id, Embedding.model_id == model_id)
    )


def _frequent_texts(
    session: Session, collection_id: str, among: Sequence[str] | None
) -> Iterator[str]:
    """Hashes of the texts that at least ``MOST`` chunks of the Collection have."""
    frequent = (
        select(Chunk.content_sha256)
        .where(Chunk.collection_id == collection_id)
        .group_by(Chunk.content_sha256)
        .having(func.count() >= MOST)
    )
    if among is None:
        yield from session.scalars(frequent)
        return
    texts: set[str] = set()
    for part in id_parts(among):
        texts.update(session.scalars(select(Chunk.content_sha256).where(Chunk.id.in_(part))))
    for part in id_parts(sorted(texts)):
        yield from session.scalars(frequent.where(Chunk.content_sha256.in_(part)))
