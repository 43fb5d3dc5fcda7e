"""Which conversations a reader may open, and which stored answers they may see in them.

A conversation is its owner's, and of those it is shared with now. That opens the questions, which
are the owner's own words; each answer is judged by the reader's own rights, whoever asked for it.
An answer depends on every passage put into its prompt and, where earlier answers were put there
too, on theirs (``details["depends_on"]`` lists those answers, already followed to their ends).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.permissions import groups_of, readable_collection_ids
from on_prem_rag.conversations.models import Conversation, ConversationShare, Evidence, Message
from on_prem_rag.documents.models import Document

Source = tuple[str, str]
"""Ids of a Collection and of a document that was in it when it was a source."""


def readable_conversation(caller: Caller) -> ColumnElement[bool]:
    """The SQL condition "the caller may read this Conversation", for queries over Conversation."""
    return or_(Conversation.owner_id == caller.id, shared_conversation(caller))


def shared_conversation(caller: Caller) -> ColumnElement[bool]:
    """The SQL condition "this Conversation is shared with the caller, their groups or everyone"."""
    person, group = ConversationShare.user_id, ConversationShare.group_id
    everyone = person.is_(None) & group.is_(None)
    shared = select(ConversationShare.conversation_id).where(
        or_(person == caller.id, group.in_(groups_of(caller)), everyone)
    )
    return Conversation.id.in_(shared)


def lost_sources(
    session: Session, caller: Caller, sources: Iterable[Source], *, lock: bool = False
) -> set[Source]:
    """The sources the caller may not read now: no grant where the document is today, or deleted.

    A document that was moved is judged by its new Collection: whoever may read it there could read
    all that an answer took from it, and whoever may read only where it was may not.

    ``lock`` keeps the documents from being deleted until the unit of work ends (Postgres; SQLite
    has one writer anyway).
    """
    wanted = set(sources)
    if not wanted:
        return set()
    readable = readable_collection_ids(session, caller)
    statement = select(Document.collection_id, Document.id).where(
        Document.id.in_({document_id for _, document_id in wanted})
    )
    if lock:
        statement = statement.with_for_update(read=True)
    place = {document: collection for collection, document in session.execute(statement)}
    return {source for source in wanted if place.get(source[1]) not in readable}


def withheld_answers(session: Session, caller: Caller, messages: Sequence[Message]) -> set[str]:
    """Ids of those ``messages`` that must not be shown to the caller any more."""
    depends = {message.id: {message.id, *depends_on(message)} for message in messages}
    rows = session.execute(
        select(Evidence.message_id, Evidence.collection_id, Evidence.document_id).where(
            Evidence.message_id.in_(set().union(*depends.values()))
        )
    ).all()
    lost = lost_sources(session, caller, {(row.collection_id, row.document_id) for row in rows})
    tainted = {row.message_id for row in rows if (row.collection_id, row.document_id) in lost}
    return {message_id for message_id, sources in depends.items() if sources & tainted}


def depends_on(message: Message) -> tuple[str, ...]:
    """Ids of the earlier answers that this one was written from."""
    return tuple(message.details.get("depends_on", ()))
