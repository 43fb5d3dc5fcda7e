"""A database with one readable collection and conversations in it."""

from __future__ import annotations

import pytest
from tests.answering import ANNA

from on_prem_rag.access.models import EVERYONE, Collection, Grant
from on_prem_rag.conversations.journal import (
    AnswerWrite,
    NewEvidence,
    StoredEvent,
    open_answer,
    write_answers,
)
from on_prem_rag.conversations.service import ConversationService
from on_prem_rag.db.base import Base, new_id
from on_prem_rag.db.session import Database
from on_prem_rag.documents.models import Document

OWNER = "this-process"


class Talk:
    """Writes questions and answers as the answer tasks do."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.service = ConversationService()
        self.conversation_id = self.start()

    def start(self, caller=ANNA, title: str = "") -> str:
        with self.database.write() as session:
            return self.service.create(session, caller, title).id

    def ask(self, question: str = "Why?", conversation: str | None = None) -> tuple[str, str]:
        """The ids of a stored question and of its pending answer."""
        conversation = conversation or self.conversation_id
        question_id, answer_id = new_id(), new_id()
        with self.database.write() as session:
            open_answer(
                session,
                ANNA,
                conversation,
                question_id=question_id,
                answer_id=answer_id,
                question=question,
                filters={},
                history=self.service.history(session, ANNA, conversation),
                owner=OWNER,
            )
        return question_id, answer_id

    def write(self, answer_id: str, content: str = "Because [1].", **changes) -> set[str]:
        """Store a whole answer from the document ``doc``; returns what was lost."""
        values = {
            "message_id": answer_id,
            "caller": ANNA,
            "content": content,
            "status": "complete",
            "events": [
                StoredEvent(1, "status", {}),
                StoredEvent(4, "token", {"pieces": ["a", "b"]}),
            ],
            "evidence": [
                NewEvidence(1, ("shared", "doc"), "v1", {"title": "Handbook", "text": "t"})
            ],
            "sources": [("shared", "doc")],
            "cited": [1],
            "details": {"mode": "generated"},
            "finished": True,
        }
        with self.database.write() as session:
            return write_answers(session, OWNER, [AnswerWrite(**{**values, **changes})])

    def answered(self, question: str = "Why?", content: str = "Because [1].") -> str:
        answer_id = self.ask(question)[1]
        assert self.write(answer_id, content) == set()
        return answer_id

    def views(self, caller=ANNA):
        with self.database.read() as session:
            return self.service.messages(session, caller, self.conversation_id)


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        session.add(Collection(id="shared", name="shared", owner_id="nobody"))
        session.flush()
        session.add(Grant(collection_id="shared", principal=EVERYONE, level="reader"))
        session.add(Document(id="doc", collection_id="shared", name="doc", created_by="x"))
    yield database
    database.close()


@pytest.fixture
def talk(database) -> Talk:
    return Talk(database)
