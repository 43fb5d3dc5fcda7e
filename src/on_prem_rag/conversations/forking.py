"""Copies of a conversation's beginning, to go on from there in another way.

A copy is its maker's own. It holds of the answers only those its maker may see, each with all its
evidence, its events and its dependencies, so that what is revoked or deleted later reaches the
copies as it reaches the originals (rights.py, erasure.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, literal, select
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.conversations.models import AnswerEvent, Conversation, Evidence, Message
from on_prem_rag.conversations.repository import ConversationRepository
from on_prem_rag.conversations.rights import depends_on, withheld_answers
from on_prem_rag.conversations.view import RUNNING, current_status
from on_prem_rag.db.base import new_id
from on_prem_rag.errors import AnswerUnfinished, InvalidInput, MessageNotFound


def fork_conversation(
    session: Session, caller: Caller, conversation_id: str, up_to: str | None = None
) -> Conversation:
    """Copy a conversation up to and with a message (None: all of it) as one of the caller's own.

    Raises ConversationNotFound, MessageNotFound, and AnswerUnfinished for one being written.
    """
    source = ConversationRepository(session, caller).get(conversation_id)
    rows = _locked(session, conversation_id)
    if up_to is not None:
        at = _position(rows, up_to)
        if rows[at].role == "assistant" and current_status(rows[at]) in RUNNING:
            raise AnswerUnfinished("This answer is still being written.")
        rows = rows[: at + 1]
    return _copy(session, caller, source, rows, edited=False)


def fork_before(
    session: Session, caller: Caller, conversation_id: str, question_id: str
) -> Conversation:
    """Copy what comes before a question, which is to be asked anew in the copy.

    Raises ConversationNotFound, Forbidden, MessageNotFound, and InvalidInput for an answer.
    """
    source = ConversationRepository(session, caller).get_own(conversation_id)
    rows = _locked(session, conversation_id)
    at = _position(rows, question_id)
    if rows[at].role != "user":
        raise InvalidInput("Only questions can be edited.")
    return _copy(session, caller, source, rows[:at], edited=True)


def _locked(session: Session, conversation_id: str) -> list[Message]:
    """The messages in order, kept from being erased meanwhile (SQLite has one writer anyway)."""
    query = select(Message).where(Message.conversation_id == conversation_id)
    return list(session.scalars(query.order_by(Message.ordinal).with_for_update(read=True)))


def _position(rows: Sequence[Message], message_id: str) -> int:
    for at, row in enumerate(rows):
        if row.id == message_id:
            return at
    raise MessageNotFound("There is no such message.")


def _copy(
    session: Session, caller: Caller, source: Conversation, rows: Sequence[Message], *, edited: bool
) -> Conversation:
    is_own = source.owner_id == caller.id
    copy = Conversation(
        owner_id=caller.id,
        # One that begins anew takes its first question's beginning.
        title=source.title if rows else "",
        folder=source.folder if is_own else "",
        forked_from=source.id,
        edited=edited,
    )
    session.add(copy)
    session.flush()
    new_ids: dict[str, str] = {}
    for row in _visible(session, caller, rows):
        if row.role == "user" or new_ids.keys() >= set(depends_on(row)):
            new_ids[row.id] = new_id()
            # Filters name what others may not know of.
            session.add(_message(row, copy.id, new_ids, filters=row.filters if is_own else {}))
    session.flush()
    for old, new in new_ids.items():
        _copy_children(session, old, new)
    target = ("conversation", copy.id)
    record(session, Event.CONVERSATION_FORKED, target=target, source=source.id)
    return copy


def _visible(session: Session, caller: Caller, rows: Sequence[Message]) -> list[Message]:
    """All questions, and the ended answers that the caller may see."""
    hidden = withheld_answers(session, caller, rows)
    return [
        row
        for row in rows
        if row.role == "user"
        or not (row.id in hidden or row.details.get("erased") or current_status(row) in RUNNING)
    ]


def _message(
    row: Message, conversation_id: str, new_ids: dict[str, str], *, filters: dict[str, object]
) -> Message:
    details = dict(row.details)
    if "depends_on" in details:
        details["depends_on"] = [new_ids[each] for each in depends_on(row)]
    return Message(
        id=new_ids[row.id],
        conversation_id=conversation_id,
        ordinal=row.ordinal,
        reply_to=new_ids.get(row.reply_to or ""),
        role=row.role,
        content=row.content,
        search_query=row.search_query,
        filters=filters,
        status=current_status(row),
        details=details,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def _copy_children(session: Session, old: str, new: str) -> None:
    """Evidence and events of one message, as they are."""
    events = select(literal(new), AnswerEvent.number, AnswerEvent.type, AnswerEvent.data)
    session.execute(
        insert(AnswerEvent).from_select(
            ["message_id", "number", "type", "data"], events.where(AnswerEvent.message_id == old)
        )
    )
    for row in session.scalars(select(Evidence).where(Evidence.message_id == old)):
        session.add(
            Evidence(
                message_id=new,
                marker=row.marker,
                collection_id=row.collection_id,
                document_id=row.document_id,
                version_id=row.version_id,
                cited=row.cited,
                passage=row.passage,
            )
        )
