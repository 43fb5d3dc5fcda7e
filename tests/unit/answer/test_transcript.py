from __future__ import annotations

import pytest
from tests.answering import ANNA, BEN
from tests.unit.conversations.conftest import Talk

from on_prem_rag.access.models import EVERYONE, Collection, Grant
from on_prem_rag.answer.transcript import read_transcript
from on_prem_rag.conversations.journal import NewEvidence
from on_prem_rag.db.base import Base
from on_prem_rag.db.session import Database
from on_prem_rag.documents.models import Document
from on_prem_rag.errors import ConversationNotFound


@pytest.fixture
def talk(database_url):
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        session.add(Collection(id="shared", name="shared", owner_id="nobody"))
        session.flush()
        session.add(Grant(collection_id="shared", principal=EVERYONE, level="reader"))
        session.add(Document(id="doc", collection_id="shared", name="doc", created_by="x"))
    yield Talk(database)
    database.close()


def read(talk, caller=ANNA):
    with talk.database.read() as session:
        return read_transcript(session, caller, talk.service, talk.conversation_id)


def evidence(marker: int, **passage) -> NewEvidence:
    return NewEvidence(marker, ("shared", "doc"), "v1", passage)


def test_questions_answers_and_what_was_cited(talk):
    first, second = talk.ask("How long?")[1], None
    given = [
        evidence(1, title="", document_name="a.txt", text="one"),
        evidence(2, title="B", document_name="b.pdf", text="two", page_start=3, page_end=4),
        evidence(3, title="C", text="never cited"),
    ]
    talk.write(first, "So [2], so [1].", evidence=given, cited=[1, 2])
    second = talk.ask("Why?")[1]
    given = [evidence(1, title="B", text="two", page_start=3, page_end=3)]
    talk.write(second, "Thus [1]", evidence=given, cited=[1], status="cancelled")
    transcript = read(talk)
    assert transcript.title == "How long?"
    assert [entry.role for entry in transcript.entries] == ["user", "assistant"] * 2
    quotations = [q for entry in transcript.entries for q in entry.quotations]
    assert [(q.marker, q.anchor, q.title, q.pages) for q in quotations] == [
        (1, 1, "a.txt", ""),
        (2, 2, "B", "3-4"),
        (1, 3, "B", "3"),
    ]
    notes = [entry.note for entry in transcript.entries]
    assert notes == ["", "", "", "This answer is not whole: cancelled."]


def test_what_may_not_be_read_is_left_out(talk):
    talk.answered(content="A canary [1].")
    with talk.database.write() as session:
        session.query(Grant).delete()
    transcript = read(talk)
    assert "canary" not in repr(transcript)
    assert "withheld" in transcript.entries[1].note
    assert transcript.entries[1].quotations == ()
    with pytest.raises(ConversationNotFound):
        read(talk, BEN)
