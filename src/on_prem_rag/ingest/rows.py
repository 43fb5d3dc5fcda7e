"""How a converted document becomes rows of SQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from on_prem_rag.documents.models import Document, DocumentVersion
from on_prem_rag.documents.page_words import encode_words
from on_prem_rag.ingest.parsed import Page, ParsedDocument
from on_prem_rag.ingest.splitter import ChunkDraft


def describe_version(version: DocumentVersion, parsed: ParsedDocument) -> None:
    """Take over what the file says of itself; a date in the future is no date."""
    version.media_type = parsed.media_type
    version.title, version.author = parsed.title, parsed.author
    created = parsed.created
    if created is not None and created.tzinfo is None:
        created = created.replace(tzinfo=UTC)
    version.document_date = created if created and created <= datetime.now(UTC) else None
    version.page_count = len(parsed.pages)
    version.warnings = list(parsed.warnings)
    version.error_code = version.error_message = version.error_hint = None


def page_row(version_id: str, page: Page) -> dict[str, Any]:
    """A row of ``pages``: the words and their boxes as one blob."""
    boxes = np.full((len(page.words), 8), np.nan, dtype=np.float32)
    for row, word in enumerate(page.words):
        boxes[row, :4] = word.box
        if word.rest is not None:
            boxes[row, 4:] = word.rest
    return {
        "version_id": version_id,
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "ocr": page.ocr,
        "words": encode_words([word.text for word in page.words], boxes),
    }


def chunk_row(
    document: Document,
    version: DocumentVersion,
    draft: ChunkDraft,
    chunk_id: str,
    boxes: list[list[float]],
    content_sha256: str,
) -> dict[str, Any]:
    """A row of ``chunks``."""
    return {
        "id": chunk_id,
        "version_id": version.id,
        "document_id": document.id,
        "collection_id": document.collection_id,
        "ordinal": draft.ordinal,
        "kind": draft.kind,
        "text": draft.text,
        "heading_path": list(draft.heading_path),
        "page_start": draft.page_start,
        "page_end": draft.page_end,
        "char_start": draft.char_start,
        "char_end": draft.char_end,
        "token_count": draft.token_count,
        "boxes": boxes,
        "spans": [[s.start, s.end, s.page, s.first_word, s.last_word] for s in draft.spans],
        "content_sha256": content_sha256,
    }
