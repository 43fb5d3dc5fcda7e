"""A document as it was uploaded: the file, and its pages as images and words."""

from __future__ import annotations

from functools import partial
from pathlib import Path as FilePath
from pathlib import PurePosixPath
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from on_prem_rag.access.caller import Caller
from on_prem_rag.api.dependencies import ApplianceDep, ReaderDep
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN, error_examples
from on_prem_rag.api.routes.documents import VersionId
from on_prem_rag.api.schemas.base import Id
from on_prem_rag.api.schemas.documents import PageWordsBody
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.documents.models import Chunk, DocumentVersion
from on_prem_rag.errors import DocumentNotFound

router = APIRouter(
    prefix=f"{API}/documents", tags=["documents"], responses={**SIGNED_IN, **error_examples(404)}
)
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {"application/octet-stream": {"schema": {"type": "string"}}},
    }
}
_IMAGE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The page.",
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
    }
}
PageNumber = Annotated[int, Path(ge=1, le=1_000_000, description="Pages start at 1.")]
ChunkIds = Annotated[
    list[str], Query(alias="chunk_id", max_length=50, description="Passages to highlight.")
]


@router.get(
    "/{document_id}/original",
    summary="Download the file as it was uploaded",
    response_class=FileResponse,
    responses=_FILE,
)
def get_original(
    document_id: Id, caller: ReaderDep, appliance: ApplianceDep, version_id: VersionId = None
) -> FileResponse:
    """The original of the current or a given version, always as an attachment."""
    with appliance.database.write() as session:
        row, version, path = appliance.documents.original(session, caller, document_id, version_id)
        target = ("document", document_id)
        record(session, Event.DOCUMENT_DOWNLOADED, target=target, version_id=version.id)
        name, media_type = PurePosixPath(row.document.name).name, version.media_type
    if not path.is_file():
        raise DocumentNotFound("The original of this version is not kept.")
    return FileResponse(
        path,
        media_type=media_type,
        filename=name,
        content_disposition_type="attachment",
        headers={"Content-Security-Policy": "default-src 'none'; sandbox"},
    )


@router.get(
    "/{document_id}/pages/{number}/image",
    summary="A page as an image",
    response_class=Response,
    responses=_IMAGE,
)
async def get_page_image(
    document_id: Id,
    number: PageNumber,
    request: Request,
    caller: ReaderDep,
    appliance: ApplianceDep,
    chunk_ids: ChunkIds = [],  # noqa: B006 - FastAPI copies it
    version_id: VersionId = None,
    scale: Annotated[float, Query(ge=0.2, le=4, description="Pixels a point.")] = 1.5,
) -> Response:
    """A page of a PDF or an image file as JPEG, with the given passages highlighted."""
    path, boxes = await run_in_threadpool(
        _source, appliance, caller, document_id, version_id, number, chunk_ids
    )
    draw = partial(appliance.sandbox.render_page, path, number, scale=scale, highlight_boxes=boxes)
    # Few at a time: a page full of thumbnails must not take every thread.
    image = await to_thread.run_sync(draw, limiter=request.app.state.page_images)
    return Response(image, media_type="image/jpeg")


@router.get("/{document_id}/pages/{number}/words", summary="A page's words and their boxes")
def get_page_words(
    document_id: Id,
    number: PageNumber,
    caller: ReaderDep,
    appliance: ApplianceDep,
    version_id: VersionId = None,
) -> PageWordsBody:
    """The words of a page in reading order, in points from its top left corner."""
    return PageWordsBody.of(_page(appliance, caller, document_id, version_id, number))


def _page(
    appliance: Appliance, caller: Caller, document_id: str, version_id: str | None, number: int
) -> Any:
    documents = appliance.documents.documents
    with appliance.database.read() as session:
        version = documents.version(session, caller, document_id, version_id)
        return documents.page(session, version.id, number)


def _source(
    appliance: Appliance,
    caller: Caller,
    document_id: str,
    version_id: str | None,
    number: int,
    chunk_ids: list[str],
) -> tuple[FilePath, tuple[Any, ...]]:
    """The original a page is drawn from, and the boxes to highlight on it."""
    with appliance.database.read() as session:
        _, version, path = appliance.documents.original(session, caller, document_id, version_id)
        appliance.documents.documents.page(session, version.id, number)
        return path, _boxes(session, version, chunk_ids, number)


def _boxes(
    session: Session, version: DocumentVersion, chunk_ids: list[str], number: int
) -> tuple[Any, ...]:
    """Boxes of those passages on the page; ids that are not this version's are ignored."""
    query = select(Chunk.boxes).where(Chunk.id.in_(chunk_ids), Chunk.version_id == version.id)
    found = session.scalars(query) if chunk_ids else ()
    return tuple(
        (box[1], box[2], box[3], box[4]) for boxes in found for box in boxes if box[0] == number
    )
