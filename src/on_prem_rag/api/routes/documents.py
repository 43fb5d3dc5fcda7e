"""Documents: what is there, and changing it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, status

from on_prem_rag.api.dependencies import ApplianceDep, ReaderDep, WriterDep
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN, error_examples
from on_prem_rag.api.schemas.base import Id, Limit, Offset, Page
from on_prem_rag.api.schemas.documents import (
    ChunkBody,
    DocumentBody,
    DocumentDetail,
    DocumentMove,
    DocumentStatus,
    VersionBody,
    VersionStatus,
)
from on_prem_rag.api.schemas.jobs import JobBody
from on_prem_rag.api.schemas.receipts import ReceiptBody
from on_prem_rag.documents.repository import DocumentFilter, SortKey

router = APIRouter(prefix=f"{API}/documents", tags=["documents"], responses=SIGNED_IN)
_NOT_FOUND = error_examples(404)
_Text = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]
VersionId = Annotated[
    str | None, Query(max_length=64, pattern=r"^[^\x00]*$", description="Default: the current.")
]


@router.get("", summary="List documents")
def list_documents(
    caller: ReaderDep,
    appliance: ApplianceDep,
    collection_id: _Text = None,
    status: Annotated[VersionStatus | None, Query(description="Of the newest version.")] = None,
    name: Annotated[_Text, Query(description="A part of the name or title.")] = None,
    media_type: _Text = None,
    sort: SortKey = "name",
    descending: bool = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[DocumentBody]:
    """A page of the documents the caller may read, with their newest versions."""
    bounds = DocumentFilter(collection_id, status, name, media_type, sort, descending)
    with appliance.database.read() as session:
        rows, total = appliance.documents.documents.list_documents(
            session, caller, bounds, limit, offset
        )
        items = [DocumentBody.of(row, appliance.projector.watermark) for row in rows]
    return Page(items=items, total=total, limit=limit, offset=offset)


@router.get("/{document_id}", summary="Show a document", responses=_NOT_FOUND)
def get_document(document_id: Id, caller: ReaderDep, appliance: ApplianceDep) -> DocumentDetail:
    """A document with all its versions, newest first."""
    watermark = appliance.projector.watermark
    with appliance.database.read() as session:
        row = appliance.documents.documents.get(session, caller, document_id)
        versions = appliance.documents.documents.versions(session, document_id)
        return DocumentDetail(
            **DocumentBody.of(row, watermark).model_dump(),
            versions=[VersionBody.of(version, watermark) for version in versions],
        )


@router.get("/{document_id}/status", summary="How far a document is", responses=_NOT_FOUND)
def get_document_status(
    document_id: Id, caller: ReaderDep, appliance: ApplianceDep
) -> DocumentStatus:
    """The newest version's state and the newest job that works on it."""
    with appliance.database.read() as session:
        row = appliance.documents.documents.get(session, caller, document_id)
        jobs, _ = appliance.jobs.list_jobs(session, caller, document_id=document_id, limit=1)
        version = VersionBody.of(row.latest, appliance.projector.watermark)
        return DocumentStatus(
            document_id=document_id,
            status=version.status,
            searchable=version.searchable,
            error=version.error,
            job=JobBody.of(jobs[0]) if jobs else None,
        )


@router.get("/{document_id}/chunks", summary="List a document's passages", responses=_NOT_FOUND)
def list_chunks(
    document_id: Id,
    caller: ReaderDep,
    appliance: ApplianceDep,
    version_id: VersionId = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[ChunkBody]:
    """A page of passages in reading order. Only the current version's are kept."""
    documents = appliance.documents.documents
    with appliance.database.read() as session:
        version = documents.version(session, caller, document_id, version_id)
        chunks, total = documents.chunks(session, version.id, limit, offset)
        items = [ChunkBody.model_validate(chunk) for chunk in chunks]
    return Page(items=items, total=total, limit=limit, offset=offset)


@router.delete("/{document_id}", summary="Delete a document", responses=_NOT_FOUND)
def delete_document(document_id: Id, caller: WriterDep, appliance: ApplianceDep) -> ReceiptBody:
    """Delete a document with all versions and everything that came from it."""
    with appliance.database.write() as session:
        deletion = appliance.documents.delete(session, caller, document_id)
    with appliance.database.write() as session:
        appliance.documents.remove_originals(session, deletion)
        return ReceiptBody.of(session, deletion.receipt, caller)


@router.post(
    "/{document_id}/retry",
    summary="Try a failed document again",
    status_code=status.HTTP_202_ACCEPTED,
    responses=error_examples(404, 409),
)
def retry_document(document_id: Id, caller: WriterDep, appliance: ApplianceDep) -> JobBody:
    """Queue the newest version again after it failed."""
    with appliance.database.write() as session:
        return JobBody.of(appliance.documents.retry(session, caller, document_id))


@router.post(
    "/{document_id}/move",
    summary="Move a document into another collection",
    responses=error_examples(404, 409),
)
def move_document(
    document_id: Id, body: DocumentMove, caller: WriterDep, appliance: ApplianceDep
) -> DocumentBody:
    """Move a document with all its versions, for those who may remove it and add it there."""
    with appliance.database.write() as session:
        row = appliance.documents.move(session, caller, document_id, body.collection_id)
        return DocumentBody.of(row, appliance.projector.watermark)
