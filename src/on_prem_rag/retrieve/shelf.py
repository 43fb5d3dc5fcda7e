"""Keeps the catalog of labels in step with SQL."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from threading import Lock

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from on_prem_rag.documents.changes import changes_after, last_change
from on_prem_rag.documents.models import Document, DocumentVersion
from on_prem_rag.retrieve.catalog import Catalog, Evidence
from on_prem_rag.retrieve.labels import label_of

_Labels = Select[str, str, str, str | None, datetime | None, int]
_REPLAYED = 500
"""A longer stretch of changes is not followed one by one; all labels are read again."""


class Shelf:
    """A Catalog that follows the change log. Thread-safe."""

    def __init__(self) -> None:
        self._catalog = Catalog()
        self._watermark: int | None = None
        self._lock = Lock()

    def refresh(self, session: Session) -> None:
        """Take in what changed since the last call; one small statement when nothing did."""
        newest = last_change(session)
        if newest == self._watermark:
            return
        with self._lock:
            if self._watermark is None or newest - self._watermark > _REPLAYED:
                catalog = Catalog()
                _put(session, catalog, _labels())
                self._catalog = catalog
            else:
                changes = changes_after(session, self._watermark, _REPLAYED)
                touched = {each.document_id for each in changes if each.document_id is not None}
                for document_id in touched:
                    self._catalog.remove(document_id)
                _put(session, self._catalog, _labels().where(Document.id.in_(touched)))
            self._watermark = newest

    def evidence(self, question: str, collection_ids: Collection[str]) -> Evidence:
        """The documents of these Collections that ``question`` names."""
        return self._catalog.evidence(question, collection_ids)


def _labels() -> _Labels:
    return select(
        Document.id,
        Document.collection_id,
        Document.name,
        DocumentVersion.title,
        DocumentVersion.document_date,
        DocumentVersion.chunk_count,
    ).join(DocumentVersion, DocumentVersion.id == Document.current_version_id)


def _put(session: Session, catalog: Catalog, query: _Labels) -> None:
    for row in session.execute(query):
        catalog.put(label_of(*row))
