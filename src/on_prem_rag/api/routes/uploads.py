"""Taking files in."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response, status
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.permissions import require
from on_prem_rag.api.dependencies import ApplianceDep, WriterDep
from on_prem_rag.api.middleware.bounds import lift_bounds
from on_prem_rag.api.multipart import MultipartUpload
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN, error_examples
from on_prem_rag.api.schemas.base import Id
from on_prem_rag.api.schemas.documents import DocumentBody, UploadBody
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.documents.names import clean_document_name
from on_prem_rag.errors import InvalidInput

router = APIRouter(prefix=f"{API}/collections", tags=["documents"], responses=SIGNED_IN)
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "name": {
                            "type": "string",
                            "description": "The document's name, which may hold folders; the "
                            "file's own name by default.",
                        },
                    },
                }
            }
        },
    }
}


@router.post(
    "/{collection_id}/documents",
    summary="Upload a document",
    status_code=status.HTTP_202_ACCEPTED,
    responses={
        **error_examples(404, 413, 415),
        status.HTTP_200_OK: {"model": UploadBody, "description": "The same bytes were there."},
    },
    openapi_extra=_FORM,
)
async def upload_document(
    collection_id: Id,
    request: Request,
    response: Response,
    caller: WriterDep,
    appliance: ApplianceDep,
) -> UploadBody:
    """Store a file and queue its reading; a document of the same name gets a new version.

    The answer comes once the file and its job are durable. Rights are checked before the body is
    read.
    """
    lift_bounds(request)
    await run_in_threadpool(_check, appliance, caller, collection_id)
    max_bytes = appliance.settings.max_upload_bytes
    content_type = request.headers.get("content-type", "")
    with MultipartUpload(
        content_type, lambda: appliance.documents.originals.stage(max_bytes)
    ) as upload:
        try:
            await upload.receive(request.stream())
        except ClientDisconnect:
            raise InvalidInput("The upload was broken off.") from None
        body = await run_in_threadpool(_add, appliance, caller, collection_id, upload)
    if body.outcome == "unchanged":
        response.status_code = status.HTTP_200_OK
    return body


def _check(appliance: Appliance, caller: Caller, collection_id: str) -> None:
    with appliance.database.read() as session:
        require(session, caller, collection_id, "contribute")


def _add(
    appliance: Appliance, caller: Caller, collection_id: str, upload: MultipartUpload
) -> UploadBody:
    # Checked first: a file that is kept and then refused would stay behind.
    name = clean_document_name(upload.fields.get("name") or upload.file_name or "")
    # The slow part of keeping it must not hold up other writers.
    upload.staged.finish()
    with appliance.database.write() as session:
        added = appliance.documents.add(session, caller, collection_id, name, upload.staged)
        row = appliance.documents.documents.get(session, caller, added.document.id)
        return UploadBody(
            outcome=added.outcome,
            document=DocumentBody.of(row, appliance.projector.watermark),
            job_id=added.job.id if added.job else None,
        )
