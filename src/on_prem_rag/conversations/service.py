"""What people do with their conversations, and what others see of those they share."""

from __future__ import annotations

from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.audit.models import Receipt
from on_prem_rag.audit.receipts import ReceiptBook, Removal
from on_prem_rag.conversations.erasure import take_away_conversations
from on_prem_rag.conversations.history import Turn
from on_prem_rag.conversations.listing import ConversationView, view_conversations
from on_prem_rag.conversations.models import Conversation, Feedback, Message
from on_prem_rag.conversations.repository import ConversationRepository
from on_prem_rag.conversations.view import MessageView, present
from on_prem_rag.db.base import utc_now
from on_prem_rag.errors import InvalidInput

MAX_TITLE = 200
MAX_FOLDER = 80
MAX_COMMENT = 4000


class ConversationService:
    """Conversations, their messages and feedback. Every method works in the caller's session."""

    def __init__(self, receipts: ReceiptBook | None = None) -> None:
        self._receipts = receipts or ReceiptBook()

    def create(self, session: Session, caller: Caller, title: str = "") -> ConversationView:
        """A new conversation; without a title it takes its first question's beginning."""
        conversation = Conversation(owner_id=caller.id, title=title.strip()[:MAX_TITLE])
        session.add(conversation)
        session.flush()
        return _view(session, caller, conversation)

    def get(self, session: Session, caller: Caller, conversation_id: str) -> ConversationView:
        """One conversation. Raises ConversationNotFound."""
        found = ConversationRepository(session, caller).get(conversation_id)
        return _view(session, caller, found)

    def messages(
        self, session: Session, caller: Caller, conversation_id: str
    ) -> tuple[MessageView, ...]:
        """All messages in order. Raises ConversationNotFound."""
        rows = ConversationRepository(session, caller).messages(conversation_id)
        return present(session, caller, rows)

    def message(self, session: Session, caller: Caller, message_id: str) -> MessageView:
        """One message. Raises MessageNotFound."""
        return present(session, caller, [_message(session, caller, message_id)])[0]

    def update(
        self,
        session: Session,
        caller: Caller,
        conversation_id: str,
        *,
        title: str | None = None,
        pinned: bool | None = None,
        archived: bool | None = None,
        folder: str | None = None,
    ) -> ConversationView:
        """Change what is given; an empty ``folder`` takes it out of its folder.

        Raises ConversationNotFound, Forbidden, InvalidInput.
        """
        conversation = ConversationRepository(session, caller).get_own(conversation_id)
        if title is not None:
            conversation.title = _cleaned(title, MAX_TITLE, "A title")
        if folder is not None:
            conversation.folder = _cleaned(folder, MAX_FOLDER, "A folder's name") if folder else ""
        if pinned is not None:
            conversation.pinned = pinned
        if archived is not None:
            conversation.archived = archived
        session.flush()
        return _view(session, caller, conversation)

    def delete(self, session: Session, caller: Caller, conversation_id: str) -> Receipt:
        """Delete with all messages, events, evidence, feedback and shares.

        An answer still being written finds its row gone and stops. Raises ConversationNotFound,
        Forbidden.
        """
        conversation = ConversationRepository(session, caller).get_own(conversation_id)
        removal = Removal()
        take_away_conversations(session, Conversation.id == conversation.id, removal)
        receipt = self._receipts.write(
            session, "conversation", conversation.id, removal, actor=caller
        )
        target = ("conversation", conversation.id)
        record(session, Event.CONVERSATION_DELETED, target=target, receipt_id=receipt.id)
        return receipt

    def history(
        self, session: Session, caller: Caller, conversation_id: str, limit: int = 12
    ) -> tuple[Turn, ...]:
        """The last turns a follow-up may look back on; only whole answers that may be shown.

        Raises ConversationNotFound, Forbidden.
        """
        repository = ConversationRepository(session, caller)
        repository.get_own(conversation_id)
        rows = repository.messages(conversation_id, limit)
        turns = []
        for view in present(session, caller, rows):
            if view.role == "assistant" and (view.withheld or view.status != "complete"):
                continue
            turns.append(_turn(view))
        return tuple(turns)

    def put_feedback(
        self,
        session: Session,
        caller: Caller,
        message_id: str,
        rating: int,
        *,
        reason: str = "",
        comment: str = "",
        with_question: bool = False,
    ) -> Feedback:
        """Rate an answer 1 or -1, replacing an earlier rating.

        ``with_question`` shows administrators the question too; without it they never see it.
        Raises MessageNotFound, Forbidden, InvalidInput.
        """
        message = ConversationRepository(session, caller).own_message(message_id)
        if message.role != "assistant":
            raise InvalidInput("Only answers are rated.")
        if rating not in (1, -1) or len(reason) > 64 or len(comment) > MAX_COMMENT:
            raise InvalidInput("A rating is 1 or -1; a reason has 64 characters at most.")
        feedback = self.find_feedback(session, caller, message_id)
        if feedback is None:
            feedback = Feedback(message_id=message_id, user_id=caller.id)
            session.add(feedback)
        feedback.rating, feedback.reason, feedback.comment = rating, reason, comment
        question = session.get(Message, message.reply_to) if with_question else None
        feedback.question = question.content if question else None
        feedback.created_at = utc_now()
        session.flush()
        return feedback

    def find_feedback(self, session: Session, caller: Caller, message_id: str) -> Feedback | None:
        """The caller's rating of an answer. Raises MessageNotFound."""
        _message(session, caller, message_id)
        return ConversationRepository(session, caller).feedback([message_id]).get(message_id)


def _cleaned(name: str, longest: int, what: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > longest:
        raise InvalidInput(f"{what} has 1 to {longest} characters.")
    return cleaned


def _view(session: Session, caller: Caller, conversation: Conversation) -> ConversationView:
    return view_conversations(session, caller, [conversation])[0]


def _turn(view: MessageView) -> Turn:
    if view.role != "assistant":
        return Turn("user", view.content, message_id=view.id)
    cited = [row for row in view.evidence if row.cited]
    cited.sort(key=lambda row: view.content.find(f"[{row.marker}]"))
    sources = [
        str(row.passage.get("title") or row.passage.get("document_name", "")) for row in cited
    ]
    return Turn(
        "assistant", view.content, sources=tuple(dict.fromkeys(sources)), message_id=view.id
    )


def _message(session: Session, caller: Caller, message_id: str) -> Message:
    return ConversationRepository(session, caller).message(message_id)
