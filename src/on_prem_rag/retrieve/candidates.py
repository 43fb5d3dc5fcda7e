"""What the indexes found, checked against SQL: the indexes may lag, SQL and the grants may not."""

from __future__ import annotations

from collections.abc import Collection as Ids
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.permissions import readable_collection_ids
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
    # Statements by primary keys: joined in one, a planner without statistics reads every chunk
    # of the caller's Collections.
    columns = (Chunk.id, Chunk.version_id, Chunk.document_id, Chunk.ordinal, Chunk.token_count)
    found = session.execute(select(*columns).where(Chunk.id.in_(list(chunk_ids))))
    candidates = [Candidate(*row) for row in found]
    versions = _current_versions(session, query, {each.document_id for each in candidates})
    readable = readable_collection_ids(session, caller)
    allowed = {version for version, collection in versions.items() if collection in readable}
    return {each.chunk_id: each for each in candidates if each.version_id in allowed}


def chunk_ids_within(
    session: Session, collection_ids: Ids[str], document_ids: Ids[str], limit: int
) -> list[str]:
    """Chunks of the current versions of documents in these Collections, at most ``limit``."""
    statement = (
        select(Chunk.id)
        .join(Document, Document.id == Chunk.document_id)
        .where(
            Chunk.version_id == Document.current_version_id,
            Document.id.in_(list(document_ids)),
            Document.collection_id.in_(list(collection_ids)),
        )
        .limit(limit)
    )
    return list(session.scalars(statement))


def _current_versions(
    session: Session, query: SearchQuery, document_ids: Ids[str]
) -> dict[str, str]:
    """The current versions of documents within the query's bounds, with their Collections."""
    statement = (
        select(DocumentVersion.id, Document.collection_id)
        .join(Document, Document.current_version_id == DocumentVersion.id)
        .where(Document.id.in_(document_ids), *_bounds(query))
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def _bounds(query: SearchQuery) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if query.collection_ids is not None:
        bounds.append(Document.collection_id.in_(query.collection_ids))
    if query.document_ids is not None:
        bounds.append(Document.id.in_(query.document_ids))
    if query.media_types is not None:
        bounds.append(DocumentVersion.media_type.in_(query.media_types))
    if query.date_from is not None:
        bounds.append(DocumentVersion.document_date >= query.date_from)
    if query.date_to is not None:
        bounds.append(DocumentVersion.document_date <= query.date_to)
    return bounds
