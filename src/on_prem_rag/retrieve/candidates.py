"""What the indexes found, checked against SQL: the indexes may lag, SQL and the grants may not."""

from __future__ import annotations

from collections.abc import Collection as Ids
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.models import Collection
from on_prem_rag.access.permissions import readable
from on_prem_rag.documents.models import Chunk, Document, DocumentVersion
from on_prem_rag.retrieve.passage import SearchQuery


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk the caller may read, of its document's current version."""

    chunk_id: str
    version_id: str
    document_id: str
    ordinal: int
    token_count: int


def recheck(
    session: Session, caller: Caller, query: SearchQuery, chunk_ids: Iterable[str]
) -> dict[str, Candidate]:
    """Those of ``chunk_ids`` that exist, are current, permitted and within the query's bounds."""
    columns = (Chunk.id, Chunk.version_id, Chunk.document_id, Chunk.ordinal, Chunk.token_count)
    statement = (
        select(*columns)
        .join(Document, Document.current_version_id == Chunk.version_id)
        .join(DocumentVersion, DocumentVersion.id == Chunk.version_id)
        .join(Collection, Collection.id == Document.collection_id)
        .where(Chunk.id.in_(list(chunk_ids)), readable(caller), *_bounds(query))
    )
    return {row[0]: Candidate(*row) for row in session.execute(statement)}


def chunk_ids_within(
    session: Session, collection_ids: Ids[str], document_ids: Ids[str], limit: int
) -> list[str]:
    """Chunks of the current versions of documents in these Collections, at most ``limit``."""
    statement = (
        select(Chunk.id)
        .join(Document, Document.current_version_id == Chunk.version_id)
        .where(
            Document.id.in_(list(document_ids)), Document.collection_id.in_(list(collection_ids))
        )
        .limit(limit)
    )
    return list(session.scalars(statement))


def _bounds(query: SearchQuery) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if query.collection_ids is not None:
        bounds.append(Collection.id.in_(query.collection_ids))
    if query.document_ids is not None:
        bounds.append(Document.id.in_(query.document_ids))
    if query.media_types is not None:
        bounds.append(DocumentVersion.media_type.in_(query.media_types))
    if query.date_from is not None:
        bounds.append(DocumentVersion.document_date >= query.date_from)
    if query.date_to is not None:
        bounds.append(DocumentVersion.document_date <= query.date_to)
    return bounds
