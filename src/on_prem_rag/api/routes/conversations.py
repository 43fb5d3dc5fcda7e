"""A person's conversations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, status

from on_prem_rag.api.dependencies import ApplianceDep, TalkerDep
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN, error_examples
from on_prem_rag.api.schemas.base import Id, Limit, Offset, Page
from on_prem_rag.api.schemas.conversations import (
    ConversationBody,
    ConversationCreate,
    ConversationUpdate,
)
from on_prem_rag.api.schemas.receipts import ReceiptBody

router = APIRouter(prefix=f"{API}/conversations", tags=["conversations"], responses=SIGNED_IN)
_NOT_FOUND = error_examples(404)


@router.get("", summary="List my conversations")
def list_conversations(
    caller: TalkerDep,
    appliance: ApplianceDep,
    search: Annotated[str, Query(max_length=200, description="A part of the title.")] = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[ConversationBody]:
    """A page of the caller's own conversations, the last used first."""
    with appliance.database.read() as session:
        found = appliance.conversations.list(
            session, caller, search=search, limit=limit, offset=offset
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
