"""From groups of ranked chunks to passages with their text, place and names, read from SQL."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from on_prem_rag.documents.models import Chunk, Document, DocumentVersion
from on_prem_rag.retrieve.joining import Group
from on_prem_rag.retrieve.passage import Passage

_Row = tuple[Chunk, str, str | None, str, datetime | None]
_MIDDLE = 2.0
"""Standard deviations at which a passage's score is one half: where a list's best places begin."""


def load_passages(session: Session, groups: Sequence[Group]) -> list[Passage]:
    """A passage for each group whose chunks are all still there, in the groups' order."""
    ids = [member.candidate.chunk_id for group in groups for member in group.members]
    statement = (
        select(
            Chunk,
            Document.name,
            DocumentVersion.title,
            DocumentVersion.media_type,
            DocumentVersion.document_date,
        )
        .join(Document, Document.id == Chunk.document_id)
        .join(DocumentVersion, DocumentVersion.id == Chunk.version_id)
        .where(Chunk.id.in_(ids))
        .options(defer(Chunk.spans))
    )
    rows: dict[str, _Row] = {row[0].id: row for row in session.execute(statement)}
    passages = []
    for group in groups:
        found = [rows.get(member.candidate.chunk_id) for member in group.members]
        complete = [row for row in found if row is not None]
        if len(complete) == len(group.members):
            passages.append(_passage(group, complete))
    return passages


def joined_text(chunks: Sequence[Chunk]) -> str:
    """The text of neighbouring chunks; what two of them share stands once."""
    text = chunks[0].text
    for before, after in pairwise(chunks):
        shared = before.char_end - after.char_start
        if 0 < shared <= len(after.text) and text.endswith(after.text[:shared]):
            text += after.text[shared:]
        else:
            text += f"\n{after.text}"
    return text


def _passage(group: Group, rows: Sequence[_Row]) -> Passage:
    chunks = [row[0] for row in rows]
    first = chunks[0]
    _, name, title, media_type, document_date = rows[0]
    pages = [
        page for chunk in chunks for page in (chunk.page_start, chunk.page_end) if page is not None
    ]
    boxes = dict.fromkeys(tuple(box) for chunk in chunks for box in chunk.boxes)
    return Passage(
        chunk_ids=tuple(chunk.id for chunk in chunks),
        collection_id=first.collection_id,
        document_id=first.document_id,
        version_id=first.version_id,
        document_name=name,
        title=title or name,
        media_type=media_type,
        heading_path=tuple(first.heading_path),
        text=joined_text(chunks),
        kind=first.kind if len({chunk.kind for chunk in chunks}) == 1 else "text",
        page_start=min(pages, default=None),
        page_end=max(pages, default=None),
        boxes=tuple(boxes),
        score=1 / (1 + math.exp(_MIDDLE - group.best.score)),
        dense_score=_highest([member.dense_score for member in group.members]),
        lexical_score=_highest([member.lexical_score for member in group.members]),
        document_date=document_date,
    )


def _highest(scores: Sequence[float | None]) -> float | None:
    return max((score for score in scores if score is not None), default=None)
