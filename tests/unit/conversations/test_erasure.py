from __future__ import annotations

from sqlalchemy import func, select
from tests.answering import ANNA

from on_prem_rag.conversations.erasure import erase_document
from on_prem_rag.conversations.journal import NewEvidence
from on_prem_rag.conversations.models import AnswerEvent, Evidence, Message
from on_prem_rag.documents.models import Document


def erase(talk, document_id: str = "doc") -> int:
    with talk.database.write() as session:
        count = erase_document(session, document_id)
        if (row := session.get(Document, document_id)) is not None:
            session.delete(row)
        return count


def test_text_events_and_passages_go_questions_stay(talk):
    talk.answered("First?", "The secret is 42 [1].")
    talk.answered("Second?", "As said, 42 [1].")
    assert erase(talk) == 2
    with talk.database.read() as session:
        assert session.scalar(select(func.count()).select_from(AnswerEvent)) == 0
        assert all(row.passage == {} for row in session.scalars(select(Evidence)))
        assert "42" not in str([row.content for row in session.scalars(select(Message))])
    views = talk.views()
    assert [view.withheld for view in views] == [None, "erased", None, "erased"]
    assert [view.content for view in views[::2]] == ["First?", "Second?"]


def test_an_answer_written_from_an_erased_one_goes_too(talk):
    with talk.database.write() as session:
        session.add(Document(id="other", collection_id="shared", name="o", created_by="x"))
    talk.answered("First?")
    later = talk.ask("Second?")[1]
    row = NewEvidence(1, ("shared", "other"), "v", {"text": "t"})
    talk.write(later, evidence=[row], sources=[row.source])
    assert erase(talk) == 2


def test_what_came_from_elsewhere_stays(talk):
    talk.answered()
    with talk.database.write() as session:
        assert erase_document(session, "another") == 0
    assert talk.views()[-1].content == "Because [1]."


def test_an_answer_being_written_can_store_nothing_more(talk):
    answer_id = talk.ask()[1]
    talk.write(answer_id, status="streaming", finished=False)
    assert erase(talk) == 1
    assert talk.write(answer_id) == {answer_id}
    view = talk.views()[-1]
    assert (view.status, view.withheld, view.content) == ("failed", "erased", "")
    with talk.database.read() as session:
        assert talk.service.history(session, ANNA, talk.conversation_id)[-1].role == "user"
