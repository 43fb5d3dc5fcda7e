"""A conversation as it is handed out: what its reader may see of it now, with its quotations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.conversations.service import ConversationService
from on_prem_rag.conversations.view import EvidenceView, MessageView

_NOTES = {
    "withheld": "This answer is withheld: you may not read one of its sources.",
    "erased": "A source of this answer was deleted, and the answer with it.",
}


@dataclass(frozen=True, slots=True)
class Quotation:
    """A cited passage. ``marker`` names it in its answer, ``anchor`` in the whole transcript.

    ``pages`` is ``3`` or ``3-4``, counted from 1; empty where a document has none.
    """

    marker: int
    anchor: int
    title: str
    document: str
    pages: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A question or an answer. ``note`` says why an answer is not shown, or not whole."""

    role: str
    content: str
    created_at: datetime
    note: str = ""
    quotations: tuple[Quotation, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """A conversation's title and entries in order."""

    title: str
    created_at: datetime
    entries: tuple[Entry, ...]


def read_transcript(
    session: Session, caller: Caller, conversations: ConversationService, conversation_id: str
) -> Transcript:
    """What the caller may see of a conversation. Raises ConversationNotFound."""
    conversation = conversations.get(session, caller, conversation_id)
    views = conversations.messages(session, caller, conversation_id)
    anchors = count(1)
    entries = tuple(_entry(view, anchors) for view in views)
    return Transcript(conversation.title, conversation.created_at, entries)


def _entry(view: MessageView, anchors: Iterator[int]) -> Entry:
    note = _NOTES.get(view.withheld or "", "")
    if not note and view.status != "complete":
        note = f"This answer is not whole: {view.status}."
    cited = (row for row in view.evidence if row.cited)
    quotations = tuple(_quotation(row, anchor) for row, anchor in zip(cited, anchors, strict=False))
    return Entry(view.role, view.content, view.created_at, note, quotations)


def _quotation(row: EvidenceView, anchor: int) -> Quotation:
    passage = row.passage
    first, last = passage.get("page_start"), passage.get("page_end")
    pages = "" if first is None else f"{first}" if last in (None, first) else f"{first}-{last}"
    name = str(passage.get("document_name", ""))
    return Quotation(
        marker=row.marker,
        anchor=anchor,
        title=str(passage.get("title") or name),
        document=name,
        pages=pages,
        text=str(passage.get("text", "")),
    )
