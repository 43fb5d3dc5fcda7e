"""A person's conversations, and those shared with them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, status
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
    ConversationFork,
    ConversationUpdate,
    FolderBody,
    FolderList,
    ShareBody,
    ShareList,
    SharePut,
)
from on_prem_rag.api.schemas.receipts import ReceiptBody
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.conversations.forking import fork_conversation
from on_prem_rag.conversations.listing import (
    ConversationFilter,
    list_conversations,
    list_folders,
)
from on_prem_rag.conversations.service import MAX_FOLDER
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


def _filter(
    shared: Annotated[bool, Query(description="Those of others that I may read.")] = False,
    search: Annotated[
        str, Query(max_length=200, description="A part of the title, or of a question of mine.")
    ] = "",
    pinned: Annotated[bool | None, Query(description="Only pinned ones, or only others.")] = None,
    archived: Annotated[
        bool | None, Query(description="Only archived ones, or only others.")
    ] = None,
    folder: Annotated[
        str | None, Query(max_length=MAX_FOLDER, description="A folder; empty: those in none.")
    ] = None,
) -> ConversationFilter:
    return ConversationFilter(search, shared, pinned, archived, folder)


@router.get("", summary="List my conversations, or those shared with me")
def list_my_conversations(
    caller: TalkerDep,
    appliance: ApplianceDep,
    wanted: Annotated[ConversationFilter, Depends(_filter)],
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[ConversationBody]:
    """A page of the caller's own conversations, pinned ones first, then those last used; or of
    those shared with them.
    """
    with appliance.database.read() as session:
        found = list_conversations(session, caller, wanted, limit, offset)
        items = [ConversationBody.model_validate(item) for item in found.items]
    return Page(items=items, total=found.total, limit=limit, offset=offset)


@router.get("/folders", summary="List my folders")
def list_my_folders(caller: TalkerDep, appliance: ApplianceDep) -> FolderList:
    """The folders that conversations of the caller lie in, archived ones left out."""
    with appliance.database.read() as session:
        found = list_folders(session, caller)
        return FolderList(items=[FolderBody.model_validate(folder) for folder in found])


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


@router.patch("/{conversation_id}", summary="Change a conversation", responses=_NOT_FOUND)
def update_conversation(
    conversation_id: Id, body: ConversationUpdate, caller: TalkerDep, appliance: ApplianceDep
) -> ConversationBody:
    """Rename, pin, archive, or put into a folder; for its owner."""
    with appliance.database.write() as session:
        found = appliance.conversations.update(
            session, caller, conversation_id, **body.model_dump()
        )
        return ConversationBody.model_validate(found)


@router.delete("/{conversation_id}", summary="Delete a conversation", responses=_NOT_FOUND)
def delete_conversation(
    conversation_id: Id, caller: TalkerDep, appliance: ApplianceDep
) -> ReceiptBody:
    """Delete a conversation with all its messages."""
    with appliance.database.write() as session:
        receipt = appliance.conversations.delete(session, caller, conversation_id)
        return ReceiptBody.of(session, receipt, caller)


@router.post(
    "/{conversation_id}/fork",
    summary="Copy a conversation",
    status_code=status.HTTP_201_CREATED,
    responses={**_NOT_FOUND, **error_examples(409)},
)
def fork(
    conversation_id: Id, body: ConversationFork, caller: TalkerDep, appliance: ApplianceDep
) -> ConversationBody:
    """Copy questions and answers up to a message into a new conversation of the caller's own. Of
    the answers, those that the caller may see.
    """
    with appliance.database.write() as session:
        made = fork_conversation(session, caller, conversation_id, body.up_to_message_id)
        return ConversationBody.model_validate(
            appliance.conversations.get(session, caller, made.id)
        )


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
