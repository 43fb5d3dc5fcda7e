"""What deletions leave behind in conversations: nothing."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from on_prem_rag.audit.receipts import Removal
from on_prem_rag.conversations.models import AnswerEvent, Conversation, Evidence, Message
from on_prem_rag.conversations.rights import depends_on
from on_prem_rag.db.base import utc_now


def erase_document(session: Session, document_id: str) -> int:
    """Erase every text and event derived from a document; return how many answers that were.

    Called inside the unit of work that deletes the document. An answer goes whole when one passage
    of its prompt, or of an earlier answer in its prompt, came from the document. One that is being
    written loses its lease, so its writer can store nothing more.
    """
    erased: set[str] = set()
    # Again until nothing is left: a fork may have copied an answer before its row was locked here.
    while touched := _from(session, document_id) - erased:
        erased |= _erase_all(session, touched)
        session.flush()
    return len(erased)


def _from(session: Session, document_id: str) -> set[str]:
    """Answers with a passage of a document in their prompt."""
    rows = select(Evidence.message_id).where(Evidence.document_id == document_id)
    return set(session.scalars(rows))


def _erase_all(session: Session, touched: set[str]) -> set[str]:
    """Erase answers and those written from them; return the ids of all."""
    conversations = select(Message.conversation_id).where(Message.id.in_(touched))
    answers = session.scalars(
        select(Message).where(
            Message.conversation_id.in_(conversations), Message.role == "assistant"
        )
    ).all()
    erased = [m for m in answers if m.id in touched or touched.intersection(depends_on(m))]
    for message in erased:
        _erase(message)
    ids = [message.id for message in erased]
    session.execute(delete(AnswerEvent).where(AnswerEvent.message_id.in_(ids)))
    for row in session.scalars(select(Evidence).where(Evidence.message_id.in_(ids))):
        row.passage = {}
    return set(ids)


def take_away_conversations(session: Session, which: ColumnElement[bool], removal: Removal) -> None:
    """Remove conversations with all that hangs on them, as part of a deletion."""
    ids = list(session.scalars(select(Conversation.id).where(which)))
    mine = Message.conversation_id.in_(ids)
    by_role = dict(
        session.execute(select(Message.role, func.count()).where(mine).group_by(Message.role)).all()
    )
    removal.conversations += ids
    removal.messages += sum(by_role.values())
    removal.answers += by_role.get("assistant", 0)
    copies = Conversation.forked_from.in_(ids)
    session.execute(update(Conversation).where(copies).values(forked_from=None))
    session.execute(delete(Conversation).where(Conversation.id.in_(ids)))


def _erase(message: Message) -> None:
    message.content = ""
    message.search_query = None
    message.details = {"erased": True, "depends_on": list(depends_on(message))}
    message.lease_owner = None
    message.lease_expires_at = None
    if message.status in ("pending", "streaming"):
        message.status = "failed"
    message.finished_at = message.finished_at or utc_now()
