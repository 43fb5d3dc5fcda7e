"""Bodies of conversations, messages and feedback."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from on_prem_rag.access.principals import PrincipalKind
from on_prem_rag.api.schemas.base import Input, Output
from on_prem_rag.api.schemas.search import MAX_QUESTION, SearchBounds
from on_prem_rag.conversations.service import MAX_FOLDER, MAX_TITLE


class ConversationCreate(Input):
    """A new conversation; without a title it takes its first question's beginning."""

    title: str = Field(default="", max_length=MAX_TITLE)


class ConversationUpdate(Input):
    """What is to change; the rest stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"pinned": True, "folder": "Leases"}]}
    )

    title: str | None = Field(default=None, min_length=1, max_length=MAX_TITLE)
    pinned: bool | None = None
    archived: bool | None = None
    folder: str | None = Field(
        default=None, max_length=MAX_FOLDER, description="A plain name; empty for none."
    )


class ConversationFork(Input):
    """How much of a conversation is copied."""

    up_to_message_id: str | None = Field(
        default=None, max_length=64, description="The last message copied; without it, all."
    )


class ConversationBody(Output):
    """A thread of questions and answers."""

    id: str
    owner_id: str = Field(description="Whose it is; another's is shared with the caller.")
    owner: str | None = Field(description="The owner's user name.")
    title: str
    pinned: bool = Field(description="Like the next four, its owner's alone; others see none set.")
    archived: bool
    folder: str = Field(description="A plain name; empty for none.")
    forked_from: str | None = Field(description="The conversation its beginning was copied from.")
    edited: bool = Field(description="It was copied to ask a question anew in other words.")
    created_at: datetime
    updated_at: datetime


class FolderBody(Output):
    """A folder, and how many conversations that are not archived lie in it."""

    name: str
    conversations: int


class FolderList(Output):
    """One's folders, by name."""

    items: list[FolderBody]


class SharePut(Input):
    """Let one person or group read, by name, or ``everyone``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"principal": "ann"}]})

    principal: str = Field(min_length=1, max_length=128)
    kind: PrincipalKind | None = Field(
        default=None, description="What the name names; without it a person, or everyone."
    )


class ShareBody(Output):
    """Who may read; ``username`` is a person's, ``group`` a group's name, else null."""

    id: str
    principal: str = Field(description="Id of the person or group, or `everyone`.")
    kind: PrincipalKind
    username: str | None
    group: str | None
    created_at: datetime


class ShareList(Output):
    """With whom a conversation is shared."""

    items: list[ShareBody]


class EvidenceBody(Output):
    """A passage of the answer's prompt as it was then."""

    marker: int
    cited: bool
    dropped: bool = Field(description="Found, but there was no room in the prompt.")
    passage: dict[str, Any]


class MessageBody(Output):
    """A question or an answer as its reader may see it now.

    ``withheld`` is set when the reader may not read a source (``withheld``) or a source was deleted
    (``erased``); the content is then empty. In a shared conversation ``filters`` are empty.
    """

    id: str
    conversation_id: str
    ordinal: int
    reply_to: str | None
    role: Literal["user", "assistant"]
    status: str = Field(
        description="pending, streaming, complete, partial, cancelled, interrupted or failed; only "
        "complete is a whole answer."
    )
    content: str
    search_query: str | None
    filters: dict[str, Any]
    details: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None
    withheld: Literal["withheld", "erased"] | None
    evidence: list[EvidenceBody]
    rating: int | None = Field(description="The reader's own: 1, -1 or null.")


class MessageList(Output):
    """All messages of a conversation, in order."""

    items: list[MessageBody]


class MessageCreate(SearchBounds):
    """A question in a conversation."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"content": "And how long is it for the warehouse?"}]}
    )

    content: str = Field(min_length=1, max_length=MAX_QUESTION)
    model: str | None = Field(default=None, max_length=200)


class MessageAsked(Output):
    """The stored question, and the answer whose events can be followed."""

    question_id: str
    answer_id: str
    events_url: str


class QuestionEdited(MessageAsked):
    """The same, and the new conversation they stand in."""

    conversation_id: str


class FeedbackPut(Input):
    """A verdict on an answer."""

    rating: Literal[1, -1]
    reason: str = Field(default="", max_length=64)
    comment: str = Field(default="", max_length=4000)
    with_question: bool = Field(
        default=False, description="Send the question along; else administrators never see it."
    )


class FeedbackBody(Output):
    """The stored verdict."""

    message_id: str
    rating: int
    reason: str
    comment: str
    created_at: datetime
