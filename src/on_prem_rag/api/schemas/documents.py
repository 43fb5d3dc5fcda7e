"""Bodies of documents, their versions, chunks and pages."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

import numpy as np
from pydantic import ConfigDict, Field

from on_prem_rag.api.schemas.base import Input, Output
from on_prem_rag.api.schemas.jobs import Failure, JobBody, failure
from on_prem_rag.documents.models import DocumentVersion, Page
from on_prem_rag.documents.page_words import decode_words
from on_prem_rag.documents.repository import DocumentRow

VersionStatus = Literal["pending", "processing", "ready", "failed", "superseded"]


class VersionBody(Output):
    """One upload of a document. ``searchable`` once the serving index has followed it."""

    id: str
    number: int
    status: VersionStatus
    searchable: bool
    sha256: str
    size_bytes: int
    media_type: str
    title: str | None
    author: str | None
    document_date: datetime | None = Field(description="What the file says of itself.")
    page_count: int
    chunk_count: int
    warnings: list[str]
    error: Failure | None
    created_at: datetime

    @classmethod
    def of(cls, version: DocumentVersion, watermark: int) -> Self:
        """From the version's row; ``watermark`` is the serving index's."""
        names = set(cls.model_fields) - {"error", "searchable"}
        return cls(
            **{name: getattr(version, name) for name in names},
            searchable=version.status == "ready"
            and version.change is not None
            and version.change <= watermark,
            error=failure(version.error_code, version.error_message, version.error_hint),
        )


class DocumentBody(Output):
    """A document with its newest version, which may still be on its way in."""

    id: str
    collection_id: str
    name: str
    current_version_id: str | None = Field(description="The version that is searched.")
    created_by: str
    created_by_name: str | None = Field(description="Null when there is no such account any more.")
    created_at: datetime
    updated_at: datetime
    latest: VersionBody

    @classmethod
    def of(cls, row: DocumentRow, watermark: int) -> Self:
        """From the repository's row."""
        names = set(DocumentBody.model_fields) - {"latest", "created_by_name"}
        return cls(
            **{name: getattr(row.document, name) for name in names},
            created_by_name=row.created_by_name,
            latest=VersionBody.of(row.latest, watermark),
        )


class DocumentDetail(DocumentBody):
    """A document with all its versions, newest first."""

    versions: list[VersionBody]


class DocumentStatus(Output):
    """How far a document is: its newest version, and the job that works on it."""

    document_id: str
    status: VersionStatus
    searchable: bool
    error: Failure | None
    job: JobBody | None


class UploadBody(Output):
    """What came of an upload; ``job_id`` is null when the same bytes were there already."""

    outcome: Literal["created", "replaced", "unchanged"]
    document: DocumentBody
    job_id: str | None


class DocumentMove(Input):
    """Where a document is to go."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"collection_id": "1f0c6f0e-4a5e-4bb2-8d43-9c1a5f3f7f10"}]}
    )

    collection_id: str = Field(min_length=1, max_length=64)


class ChunkBody(Output):
    """A passage. ``boxes`` are [page, x0, y0, x1, y1] in points from the top left, one a line."""

    id: str
    ordinal: int
    kind: str
    text: str
    heading_path: list[str]
    page_start: int | None
    page_end: int | None
    token_count: int
    boxes: list[list[float]]


class WordBody(Output):
    """A word with its boxes [x0, y0, x1, y1]: two when it is hyphenated over a line's end."""

    text: str
    boxes: list[list[float]]


class PageWordsBody(Output):
    """A page's size in points and its words in reading order. ``ocr``: none, done or needed."""

    number: int
    width: float
    height: float
    ocr: str
    words: list[WordBody]

    @classmethod
    def of(cls, page: Page) -> Self:
        """From the page's row."""
        decoded = decode_words(page.words)
        rows = np.round(decoded.boxes.astype(float), 2)
        words = [
            WordBody(text=text, boxes=[box.tolist() for box in (row[:4], row[4:]) if _real(box)])
            for text, row in zip(decoded.texts, rows, strict=True)
        ]
        return cls(
            number=page.number, width=page.width, height=page.height, ocr=page.ocr, words=words
        )


def _real(box: np.ndarray) -> bool:
    return not bool(np.isnan(box).any())
