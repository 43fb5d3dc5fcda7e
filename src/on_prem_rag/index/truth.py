"""What the indexes are projections of: chunks and vectors read from SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from on_prem_rag.documents.changes import changes_after
from on_prem_rag.documents.models import Change, Chunk, Document, DocumentVersion, Embedding
from on_prem_rag.index.protocols import LexicalEntry
from on_prem_rag.llm.protocols import FloatMatrix

_IDS_PER_QUERY = 500


@dataclass
class ChangeBatch:
    """Several changes as one: what goes, then what comes. ``last`` is the newest number in it.

    Only the state at the end matters: the chunks of a version that was replaced or removed since
    are gone from SQL, and the later change that says so deletes what an earlier batch wrote.
    """

    last: int
    count: int
    removed: dict[str, list[str]] = field(default_factory=dict)
    """Chunk ids by Collection."""
    dropped: list[str] = field(default_factory=list)
    added: dict[str, list[str]] = field(default_factory=dict)
    """Chunk ids by Collection."""


def read_batch(session: Session, watermark: int, limit: int) -> ChangeBatch | None:
    """The changes after ``watermark``, at most ``limit``; None when there are none."""
    changes = changes_after(session, watermark, limit)
    if not changes:
        return None
    batch = ChangeBatch(changes[-1].number, len(changes))
    for change in changes:
        _collect(batch, change)
    # One that was moved to and fro is told of several times.
    versions = dict.fromkeys(c.version_id for c in changes if c.kind == "version" and c.version_id)
    batch.removed = {place: list(dict.fromkeys(ids)) for place, ids in batch.removed.items()}
    for part in id_parts(list(versions)):
        query = select(Chunk.collection_id, Chunk.id).where(Chunk.version_id.in_(part))
        for collection_id, chunk_id in session.execute(query):
            batch.added.setdefault(collection_id, []).append(chunk_id)
    return batch


def lexical_entries(session: Session, chunk_ids: Sequence[str]) -> list[LexicalEntry]:
    """The chunks as the lexical index takes them; those gone since are left out."""
    entries = []
    for part in id_parts(chunk_ids):
        query = (
            select(
                Chunk.id,
                Chunk.document_id,
                Chunk.collection_id,
                DocumentVersion.title,
                Document.name,
                Chunk.heading_path,
                Chunk.text,
                DocumentVersion.media_type,
                DocumentVersion.document_date,
            )
            .join(DocumentVersion, DocumentVersion.id == Chunk.version_id)
            .join(Document, Document.id == Chunk.document_id)
            .where(Chunk.id.in_(part))
        )
        for row in session.execute(query):
            entries.append(
                LexicalEntry(
                    chunk_id=row[0],
                    document_id=row[1],
                    collection_id=row[2],
                    title=row[3] or "",
                    name=row[4],
                    headings="\n".join(row[5]),
                    body=row[6],
                    media_type=row[7],
                    date=row[8],
                )
            )
    return entries


def chunk_vectors(
    session: Session,
    model_id: str,
    chunk_ids: Sequence[str],
    *,
    collection_id: str | None = None,
) -> tuple[list[str], FloatMatrix]:
    """The stored vectors of chunks by one model, and whose they are; some may have none.

    With a ``collection_id``, chunks that are in another Collection by now are left out.
    """
    rows: list[tuple[str, bytes]] = []
    for part in id_parts(chunk_ids):
        query = select(Embedding.chunk_id, Embedding.vector).where(
            Embedding.chunk_id.in_(part), Embedding.model_id == model_id
        )
        if collection_id is not None:
            query = query.join(Chunk, Chunk.id == Embedding.chunk_id)
            query = query.where(Chunk.collection_id == collection_id)
        rows.extend((row[0], row[1]) for row in session.execute(query))
    return [chunk_id for chunk_id, _ in rows], to_matrix([blob for _, blob in rows])


def to_matrix(blobs: Sequence[bytes]) -> FloatMatrix:
    """Stored vectors as rows, shape (len(blobs), dimensions); (0, 0) for none."""
    if not blobs:
        return np.empty((0, 0), dtype=np.float32)
    return np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(blobs), -1)


def stored_chunk_ids(session: Session, collection_id: str) -> list[str]:
    """Every chunk of a Collection."""
    return list(session.scalars(select(Chunk.id).where(Chunk.collection_id == collection_id)))


def stored_among(session: Session, collection_id: str, chunk_ids: Sequence[str]) -> set[str]:
    """Those of the chunks that are in the Collection."""
    found: set[str] = set()
    for part in id_parts(chunk_ids):
        query = select(Chunk.id).where(Chunk.id.in_(part), Chunk.collection_id == collection_id)
        found.update(session.scalars(query))
    return found


def embedded_among(
    session: Session, collection_id: str, model_id: str, chunk_ids: Sequence[str]
) -> set[str]:
    """Those of them that have a vector by the model."""
    found: set[str] = set()
    for part in id_parts(chunk_ids):
        query = (
            select(Chunk.id)
            .join(Embedding, Embedding.chunk_id == Chunk.id)
            .where(Chunk.id.in_(part), Chunk.collection_id == collection_id)
            .where(Embedding.model_id == model_id)
        )
        found.update(session.scalars(query))
    return found


def _collect(batch: ChangeBatch, change: Change) -> None:
    removed = change.details.get("removed_chunk_ids", ())
    if removed:
        batch.removed.setdefault(change.collection_id, []).extend(removed)
    if change.kind == "drop":
        batch.dropped.append(change.collection_id)


def id_parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """The values in lots that one query takes."""
    for start in range(0, len(values), _IDS_PER_QUERY):
        yield values[start : start + _IDS_PER_QUERY]
