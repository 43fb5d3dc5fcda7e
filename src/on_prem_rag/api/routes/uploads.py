"""Taking files in."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response, status
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import Scope

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.permissions import require
from on_prem_rag.api.dependencies import ApplianceDep, WriterDep
from on_prem_rag.api.middleware.bounds import lift_bounds
from on_prem_rag.api.multipart import MultipartUpload
from on_prem_rag.api.paths import API
from on_prem_rag.api.quotas import Quota, note_quota
from on_prem_rag.api.responses import SIGNED_IN, error_examples
from on_prem_rag.api.schemas.base import Id
from on_prem_rag.api.schemas.documents import DocumentBody, UploadBody
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.documents.names import clean_document_name
from on_prem_rag.documents.quota import Room
from on_prem_rag.errors import InvalidInput
from on_prem_rag.quotas.window import DAY

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
    read, the room that is left for it while it is: `storage_full`, or 429 for the bytes of a day.
    """
    lift_bounds(request)
    room = await run_in_threadpool(_check, request.scope, appliance, caller, collection_id)
    max_bytes, refusal = appliance.settings.max_upload_bytes, None
    if room is not None:
        max_bytes, refusal = room.max_bytes, room.refusal
    content_type = request.headers.get("content-type", "")
    with MultipartUpload(
        content_type, lambda: appliance.documents.originals.stage(max_bytes, refusal)
    ) as upload:
        try:
            await upload.receive(request.stream())
        except ClientDisconnect:
            raise InvalidInput("The upload was broken off.") from None
        body = await run_in_threadpool(
            _add, request.scope, appliance, caller, collection_id, upload
        )
    if body.outcome == "unchanged":
        response.status_code = status.HTTP_200_OK
    return body


def _check(scope: Scope, appliance: Appliance, caller: Caller, collection_id: str) -> Room | None:
    with appliance.database.read() as session:
        require(session, caller, collection_id, "contribute")
        appliance.reserve.require_room()
        _tell(scope, appliance, session, caller)
        return appliance.upload_quota.room(session, caller, appliance.settings.max_upload_bytes)


def _tell(scope: Scope, appliance: Appliance, session: Session, caller: Caller) -> None:
    names = ("upload-bytes", "key-upload-bytes")
    for name, standing in zip(names, appliance.upload_quota.today(session, caller), strict=False):
        note_quota(scope, Quota(name, DAY, standing, unit="content-bytes"))


def _add(
    scope: Scope,
    appliance: Appliance,
    caller: Caller,
    collection_id: str,
    upload: MultipartUpload,
) -> UploadBody:
    # Checked first: a file that is kept and then refused would stay behind.
    name = clean_document_name(upload.fields.get("name") or upload.file_name or "")
    # The slow part of keeping it must not hold up other writers.
    upload.staged.finish()
    with appliance.database.write() as session:
        added = appliance.documents.add(session, caller, collection_id, name, upload.staged)
        _tell(scope, appliance, session, caller)
        row = appliance.documents.documents.get(session, caller, added.document.id)
        return UploadBody(
            outcome=added.outcome,
            document=DocumentBody.of(row, appliance.projector.watermark),
            job_id=added.job.id if added.job else None,
        )
