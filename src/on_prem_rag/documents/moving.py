"""Moving a document with everything that belongs to it into another Collection.

Whether the caller may is decided before. The change log tells of it in two entries, so that every
index does what it does anyway: the chunks go from the old Collection and come into the new one.
Their vectors stay in SQL.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from on_prem_rag.db.base import utc_now
from on_prem_rag.documents.changes import append_change
from on_prem_rag.documents.models import Chunk, Document, DocumentVersion
from on_prem_rag.errors import Conflict, DocumentNotFound, NameTaken, SameContent
from on_prem_rag.jobs.models import Job


def move_document(session: Session, document_id: str, source_id: str, target_id: str) -> None:
    """Move from one Collection into another; call it last before the commit.

    A job that works on the document goes on, and stores what it makes where the document is by
    then. Raises DocumentNotFound when the document is gone, and Conflict when it is no longer in
    the source or when the target holds its bytes or its name.
    """
    # Jobs before the document, as a finishing job locks them.
    jobs = update(Job).where(Job.document_id == document_id)
    session.execute(jobs.values(collection_id=target_id))
    document = _locked(session, document_id)
    if document.collection_id != source_id:
        raise Conflict("Someone else moved this document at this moment.")
    _refuse_duplicate(session, document, target_id)
    chunk_ids = list(session.scalars(select(Chunk.id).where(Chunk.document_id == document_id)))
    chunks = update(Chunk).where(Chunk.document_id == document_id)
    session.execute(chunks.values(collection_id=target_id))
    document.collection_id = target_id
    document.updated_at = utc_now()
    try:
        session.flush()
    except IntegrityError:
        raise _name_taken() from None
    if document.current_version_id is not None:
        _log(session, document, source_id, chunk_ids)


def _locked(session: Session, document_id: str) -> Document:
    query = select(Document).where(Document.id == document_id).with_for_update()
    document = session.scalar(query.execution_options(populate_existing=True))
    if document is None:
        raise DocumentNotFound("There is no such document.")
    return document


def _refuse_duplicate(session: Session, document: Document, target_id: str) -> None:
    if document.collection_id == target_id:
        raise Conflict("The document is in this collection already.")
    named = select(Document.id).where(
        Document.collection_id == target_id, Document.name == document.name
    )
    if session.scalar(named) is not None:
        raise _name_taken()
    alive = DocumentVersion.status.not_in(("superseded", "failed"))
    hashes = select(DocumentVersion.sha256).where(DocumentVersion.document_id == document.id, alive)
    same = (
        select(DocumentVersion.id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(Document.collection_id == target_id, alive, DocumentVersion.sha256.in_(hashes))
    )
    if session.scalar(same.limit(1)) is not None:
        raise SameContent("The collection holds a document with the same content already.")


def _name_taken() -> NameTaken:
    return NameTaken("The collection has a document of this name already.")


def _log(session: Session, document: Document, source_id: str, chunk_ids: list[str]) -> None:
    append_change(
        session,
        "remove",
        collection_id=source_id,
        document_id=document.id,
        removed_chunk_ids=chunk_ids,
    )
    version = session.get_one(DocumentVersion, document.current_version_id)
    version.change = append_change(
        session,
        "version",
        collection_id=document.collection_id,
        document_id=document.id,
        version_id=version.id,
    )
