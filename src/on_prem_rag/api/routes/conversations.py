"""A person's conversations, and those shared with them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, status
from fastapi.responses import StreamingResponse

from on_prem_rag.answer.export import ExportForm, write_export
from on_prem_rag.answer.export_html import POLICY
from on_prem_rag.answer.transcript import read_transcript
from on_prem_rag.api.dependencies import ApplianceDep, TalkerDep
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN, error_examples
from on_prem_rag.api.schemas.base import Id, Limit, Offset, Page
from on_prem_rag.api.schemas.conversations import (
    ConversationBody,
    ConversationCreate,
    ConversationUpdate,
    ShareBody,
    ShareList,
    SharePut,
)
from on_prem_rag.api.schemas.receipts import ReceiptBody
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.conversations.sharing import delete_share, list_shares, put_share

router = APIRouter(prefix=f"{API}/conversations", tags=["conversations"], responses=SIGNED_IN)
_NOT_FOUND = error_examples(404)
_FILES: dict[ExportForm, tuple[str, str]] = {
    "markdown": ("text/markdown", "md"),
    "json": ("application/json", "json"),
    "html": ("text/html", "html"),
}
_EXPORT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            name: {"schema": {} if suffix == "json" else {"type": "string"}}
            for name, suffix in _FILES.values()
        },
    }
}


@router.get("", summary="List my conversations, or those shared with me")
def list_conversations(
    caller: TalkerDep,
    appliance: ApplianceDep,
    shared: Annotated[bool, Query(description="Those of others that I may read.")] = False,
    search: Annotated[str, Query(max_length=200, description="A part of the title.")] = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[ConversationBody]:
    """A page of the caller's own conversations, or of those shared with them; last used first."""
    with appliance.database.read() as session:
        found = appliance.conversations.list(
            session, caller, search=search, shared=shared, limit=limit, offset=offset
        )
        items = [ConversationBody.model_validate(item) for item in found.items]
    return Page(items=items, total=found.total, limit=limit, offset=offset)


@router.post("", summary="Start a conversation", status_code=status.HTTP_201_CREATED)
def create_conversation(
    body: ConversationCreate, caller: TalkerDep, appliance: ApplianceDep
) -> ConversationBody:
    """A new conversation; without a title it takes its first question's beginning."""
    with appliance.database.write() as session:
        made = appliance.conversations.create(session, caller, body.title)
        return ConversationBody.model_validate(made)


@router.get("/{conversation_id}", summary="Show a conversation", responses=_NOT_FOUND)
def get_conversation(
    conversation_id: Id, caller: TalkerDep, appliance: ApplianceDep
) -> ConversationBody:
    """One conversation, without its messages."""
    with appliance.database.read() as session:
        found = appliance.conversations.get(session, caller, conversation_id)
        return ConversationBody.model_validate(found)


@router.patch("/{conversation_id}", summary="Rename a conversation", responses=_NOT_FOUND)
def rename_conversation(
    conversation_id: Id, body: ConversationUpdate, caller: TalkerDep, appliance: ApplianceDep
) -> ConversationBody:
    """Give a new title."""
    with appliance.database.write() as session:
        found = appliance.conversations.rename(session, caller, conversation_id, body.title)
        return ConversationBody.model_validate(found)


@router.delete("/{conversation_id}", summary="Delete a conversation", responses=_NOT_FOUND)
def delete_conversation(
    conversation_id: Id, caller: TalkerDep, appliance: ApplianceDep
) -> ReceiptBody:
    """Delete a conversation with all its messages."""
    with appliance.database.write() as session:
        receipt = appliance.conversations.delete(session, caller, conversation_id)
        return ReceiptBody.of(session, receipt, caller)


@router.get("/{conversation_id}/shares", summary="List shares", responses=_NOT_FOUND)
def get_shares(conversation_id: Id, caller: TalkerDep, appliance: ApplianceDep) -> ShareList:
    """Who may read the conversation besides its owner; for its owner."""
    with appliance.database.read() as session:
        found = list_shares(session, caller, conversation_id)
        return ShareList(items=[ShareBody.model_validate(share) for share in found])


@router.put("/{conversation_id}/shares", summary="Share a conversation", responses=_NOT_FOUND)
def put_conversation_share(
    conversation_id: Id, body: SharePut, caller: TalkerDep, appliance: ApplianceDep
) -> ShareBody:
    """Let a person, a group or everyone read: all questions, and the answers whose sources they
    may read themselves. For the conversation's owner.
    """
    with appliance.database.write() as session:
        share = put_share(session, caller, conversation_id, body.principal, kind=body.kind)
        return ShareBody.model_validate(share)


@router.delete(
    "/{conversation_id}/shares/{share_id}",
    summary="Stop sharing",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=_NOT_FOUND,
)
def delete_conversation_share(
    conversation_id: Id, share_id: Id, caller: TalkerDep, appliance: ApplianceDep
) -> None:
    """Take a share back; for the conversation's owner."""
    with appliance.database.write() as session:
        delete_share(session, caller, conversation_id, share_id)


@router.get(
    "/{conversation_id}/export",
    summary="Export a conversation",
    response_class=StreamingResponse,
    responses={**_EXPORT, **_NOT_FOUND},
)
def export_conversation(
    conversation_id: Id,
    caller: TalkerDep,
    appliance: ApplianceDep,
    form: Annotated[ExportForm, Query(alias="format")] = "markdown",
) -> StreamingResponse:
    """The questions, the answers the caller may see, and what these cite, as a file."""
    with appliance.database.write() as session:
        transcript = read_transcript(session, caller, appliance.conversations, conversation_id)
        target = ("conversation", conversation_id)
        record(session, Event.CONVERSATION_EXPORTED, target=target, format=form)
    media_type, suffix = _FILES[form]
    return StreamingResponse(
        write_export(transcript, form),
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="conversation.{suffix}"',
            "Content-Security-Policy": f"{POLICY}; sandbox",
        },
    )
