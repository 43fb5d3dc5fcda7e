"""Queries over documents, versions and chunks, always within a caller's sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Select, delete, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.models import Collection
from on_prem_rag.access.permissions import readable
from on_prem_rag.auth.models import User
from on_prem_rag.documents.models import Chunk, Document, DocumentVersion, Embedding, Page
from on_prem_rag.errors import DocumentNotFound

SortKey = Literal[
    "name",
    "created_at",
    "updated_at",
    "created_by",
    "size_bytes",
    "media_type",
    "page_count",
    "chunk_count",
    "status",
]


@dataclass(frozen=True)
class DocumentFilter:
    """Which documents to list and in what order."""

    collection_id: str | None = None
    status: str | None = None
    name_contains: str | None = None
    media_type: str | None = None
    sort: SortKey = "name"
    descending: bool = False


@dataclass(frozen=True)
class DocumentRow:
    """A document with its newest version (which may not be the current one yet).

    ``created_by_name`` is None for one whose account is gone, and for the local operator.
    """

    document: Document
    latest: DocumentVersion
    created_by_name: str | None


class DocumentRepository:
    """Reads documents a caller may see; what they may not see is not found."""

    def get(self, session: Session, caller: Caller, document_id: str) -> DocumentRow:
        """One document. Raises DocumentNotFound."""
        row = session.execute(self._rows(caller).where(Document.id == document_id)).one_or_none()
        if row is None:
            raise DocumentNotFound("There is no such document.")
        return DocumentRow(*row)

    def list_documents(
        self, session: Session, caller: Caller, bounds: DocumentFilter, limit: int, offset: int
    ) -> tuple[list[DocumentRow], int]:
        """A page of documents and how many match in all."""
        query = self._rows(caller)
        if bounds.collection_id is not None:
            query = query.where(Document.collection_id == bounds.collection_id)
        if bounds.status is not None:
            query = query.where(DocumentVersion.status == bounds.status)
        if bounds.media_type is not None:
            query = query.where(DocumentVersion.media_type == bounds.media_type)
        if bounds.name_contains:
            texts = (Document.name, DocumentVersion.title)
            contained = (text.icontains(bounds.name_contains, autoescape=True) for text in texts)
            query = query.where(or_(*contained))
        counted = query.with_only_columns(func.count(), maintain_column_froms=True)
        total = session.scalar(counted) or 0
        key = _SORT_COLUMNS[bounds.sort]
        ordered = query.order_by(key.desc() if bounds.descending else key.asc(), Document.id)
        rows = session.execute(ordered.limit(limit).offset(offset))
        return [DocumentRow(*row) for row in rows], total

    def versions(self, session: Session, document_id: str) -> Sequence[DocumentVersion]:
        """Every version of a document the caller was already shown, newest first."""
        query = select(DocumentVersion).where(DocumentVersion.document_id == document_id)
        return session.scalars(query.order_by(DocumentVersion.number.desc())).all()

    def version(
        self, session: Session, caller: Caller, document_id: str, version_id: str | None
    ) -> DocumentVersion:
        """A version, by default the one to show: current, else newest. Raises DocumentNotFound."""
        row = self.get(session, caller, document_id)
        wanted = version_id or row.document.current_version_id or row.latest.id
        version = session.get(DocumentVersion, wanted)
        if version is None or version.document_id != document_id:
            raise DocumentNotFound("There is no such version of this document.")
        return version

    def chunks(
        self, session: Session, version_id: str, limit: int, offset: int
    ) -> tuple[list[Chunk], int]:
        """A version's chunks in reading order, and how many there are."""
        query = select(Chunk).where(Chunk.version_id == version_id)
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        page = query.order_by(Chunk.ordinal).limit(limit).offset(offset)
        return list(session.scalars(page)), total

    def page(self, session: Session, version_id: str, number: int) -> Page:
        """One page of a version. Raises DocumentNotFound."""
        page = session.get(Page, (version_id, number))
        if page is None:
            raise DocumentNotFound(f"The document has no page {number}.")
        return page

    def find_by_name(self, session: Session, collection_id: str, name: str) -> Document | None:
        """The document of this name in a Collection."""
        return session.scalar(
            select(Document).where(Document.collection_id == collection_id, Document.name == name)
        )

    def count(self, session: Session, collection_id: str) -> int:
        """Documents in a Collection."""
        query = select(func.count()).where(Document.collection_id == collection_id)
        return session.scalar(query) or 0

    def chunk_ids(self, session: Session, document_id: str) -> list[str]:
        """Ids of every chunk of a document, all versions."""
        return list(session.scalars(select(Chunk.id).where(Chunk.document_id == document_id)))

    def derived_counts(self, session: Session, document_id: str) -> tuple[int, int]:
        """How many pages and how many vectors were made of a document."""
        pages = select(func.count()).select_from(Page).join(DocumentVersion)
        vectors = select(func.count()).select_from(Embedding).join(Chunk)
        return (
            session.scalar(pages.where(DocumentVersion.document_id == document_id)) or 0,
            session.scalar(vectors.where(Chunk.document_id == document_id)) or 0,
        )

    def delete_chunks(self, session: Session, version_ids: Sequence[str]) -> list[str]:
        """Delete the chunks of versions and return their ids."""
        query = delete(Chunk).where(Chunk.version_id.in_(version_ids)).returning(Chunk.id)
        return list(session.scalars(query))

    @staticmethod
    def _rows(caller: Caller) -> Select[Document, DocumentVersion, str | None]:
        newer = aliased(DocumentVersion)
        superseded = exists().where(
            newer.document_id == DocumentVersion.document_id, newer.number > DocumentVersion.number
        )
        return (
            select(Document, DocumentVersion, User.username)
            .join(DocumentVersion, DocumentVersion.document_id == Document.id)
            .join(Collection, Collection.id == Document.collection_id)
            .outerjoin(User, User.id == Document.created_by)
            .where(~superseded, readable(caller))
        )


_SORT_COLUMNS = {
    "name": Document.name,
    "created_at": Document.created_at,
    "updated_at": Document.updated_at,
    "created_by": User.username,
    "size_bytes": DocumentVersion.size_bytes,
    "media_type": DocumentVersion.media_type,
    "page_count": DocumentVersion.page_count,
    "chunk_count": DocumentVersion.chunk_count,
    "status": DocumentVersion.status,
}
