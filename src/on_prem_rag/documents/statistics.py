"""How much there is, in numbers alone."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from on_prem_rag.documents.models import Document, DocumentVersion


@dataclass(frozen=True, slots=True)
class LibraryTotals:
    """Documents, passages of their current versions, and bytes of every version's original."""

    documents: int
    chunks: int
    original_bytes: int


def library_totals(session: Session) -> LibraryTotals:
    """What all Collections hold together."""
    current = select(func.sum(DocumentVersion.chunk_count)).join(
        Document, Document.current_version_id == DocumentVersion.id
    )
    return LibraryTotals(
        documents=session.scalar(select(func.count()).select_from(Document)) or 0,
        chunks=int(session.scalar(current) or 0),
        original_bytes=int(session.scalar(select(func.sum(DocumentVersion.size_bytes))) or 0),
    )
