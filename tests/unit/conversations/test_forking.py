from __future__ import annotations

import pytest
from sqlalchemy import func, select
from tests.answering import ANNA, BEN

from on_prem_rag.access.models import EVERYONE, Grant
from on_prem_rag.conversations.erasure import erase_document
from on_prem_rag.conversations.forking import fork_before, fork_conversation
from on_prem_rag.conversations.journal import NewEvidence, read_events
from on_prem_rag.conversations.models import Message
from on_prem_rag.conversations.sharing import put_share
from on_prem_rag.documents.models import Document
from on_prem_rag.errors import (
    Conflict,
    ConversationNotFound,
    Forbidden,
    InvalidInput,
    MessageNotFound,
)


def fork(talk, caller=ANNA, up_to: str | None = None, source: str | None = None) -> str:
    with talk.database.write() as session:
        return fork_conversation(session, caller, source or talk.conversation_id, up_to).id


def messages(talk, conversation_id: str, caller=ANNA):
    with talk.database.read() as session:
        return talk.service.messages(session, caller, conversation_id)


def share(talk) -> None:
    with talk.database.write() as session:
        put_share(session, ANNA, talk.conversation_id, EVERYONE)


def revoke(talk) -> None:
    with talk.database.write() as session:
        session.delete(session.scalars(select(Grant)).one())


def test_a_copy_ends_with_the_message_named_and_is_whole(talk):
    first, second = talk.answered("First?"), talk.answered("Second?", "As said [1].")
    copy = fork(talk, up_to=first)
    original, copied = talk.views(), messages(talk, copy)
    assert [view.content for view in copied] == ["First?", "Because [1]."]
    for old, new in zip(original, copied, strict=False):
        assert old.id != new.id
        assert (old.evidence, old.status, old.created_at) == (
            new.evidence,
            new.status,
            new.created_at,
        )
    assert copied[1].reply_to == copied[0].id
    with talk.database.read() as session:
        assert read_events(session, copied[1].id, 0, 9) == read_events(session, first, 0, 9)
        made = talk.service.get(session, ANNA, copy)
        source = talk.service.get(session, ANNA, talk.conversation_id)
    assert (made.title, made.forked_from, made.edited) == (source.title, source.id, False)
    whole = messages(talk, fork(talk))
    assert len(whole) == 4
    assert whole[3].details["depends_on"] == [whole[1].id]
    assert second not in str(whole)


def test_editing_copies_what_came_before_the_question(talk):
    talk.answered("First?")
    question, answer = talk.ask("Second?")
    talk.write(answer)
    with talk.database.write() as session:
        copy = fork_before(session, ANNA, talk.conversation_id, question).id
        first = fork_before(session, ANNA, talk.conversation_id, talk.views()[0].id)
        assert first.title == "", "it takes the edited question's beginning"
        with pytest.raises(InvalidInput):
            fork_before(session, ANNA, talk.conversation_id, answer)
    assert [view.content for view in messages(talk, copy)] == ["First?", "Because [1]."]
    assert len(talk.views()) == 4, "the earlier version stays"


def test_an_answer_being_written_is_not_copied(talk):
    _, answer = talk.ask()
    with pytest.raises(Conflict):
        fork(talk, up_to=answer)
    assert [view.role for view in messages(talk, fork(talk))] == ["user"]


def test_strangers_and_messages_from_elsewhere(talk):
    answer = talk.answered()
    other = talk.start()
    for caller, source, up_to, error in (
        (BEN, talk.conversation_id, answer, ConversationNotFound),
        (ANNA, other, answer, MessageNotFound),
        (ANNA, talk.conversation_id, "none", MessageNotFound),
    ):
        with pytest.raises(error):
            fork(talk, caller, up_to, source)
    share(talk)
    with talk.database.write() as session, pytest.raises(Forbidden):
        fork_before(session, BEN, talk.conversation_id, talk.views()[0].id)


def test_a_reader_copies_what_they_may_read_and_no_filters(talk):
    row = NewEvidence(1, ("gone", "hidden"), "v", {"text": "t"})
    secret = talk.ask("Secret?")[1]
    talk.write(secret, "Hidden [1].", evidence=[row], sources=[])
    plain = talk.answered("Plain?")
    with talk.database.write() as session:
        for message in session.scalars(select(Message)):
            message.filters = {"document_ids": ["hidden"]}
        # Not written from the first answer, so that it may be read without it.
        session.get_one(Message, plain).details = {}
    share(talk)
    copied = messages(talk, fork(talk, BEN), BEN)
    assert [view.content for view in copied] == ["Secret?", "Plain?", "Because [1]."]
    assert all(view.filters == {} for view in copied)
    assert copied[2].reply_to == copied[1].id


def test_revocation_reaches_the_copies(talk):
    talk.answered()
    share(talk)
    copy = fork(talk, BEN)
    assert messages(talk, copy, BEN)[1].content == "Because [1]."
    revoke(talk)
    view = messages(talk, copy, BEN)[1]
    assert (view.withheld, view.content, view.evidence) == ("withheld", "", ())
    assert [each.role for each in messages(talk, fork(talk, BEN, source=copy), BEN)] == ["user"]


def test_deletion_reaches_the_copies_and_copies_of_copies(talk):
    talk.answered("First?", "The secret is 42 [1].")
    talk.answered("Second?", "As said, 42 [1].")
    copy = fork(talk)
    again = fork(talk, source=copy)
    with talk.database.write() as session:
        assert erase_document(session, "doc") == 6
        session.delete(session.get_one(Document, "doc"))
    for conversation in (copy, again):
        assert [v.withheld for v in messages(talk, conversation)] == [None, "erased"] * 2
    with talk.database.read() as session:
        assert "42" not in str(session.scalars(select(Message.content)).all())
    assert [view.role for view in messages(talk, fork(talk))] == ["user", "user"]


def test_a_copy_outlives_its_source_and_forgets_it(talk):
    talk.answered()
    copy = fork(talk)
    with talk.database.write() as session:
        talk.service.delete(session, ANNA, talk.conversation_id)
    with talk.database.read() as session:
        assert talk.service.get(session, ANNA, copy).forked_from is None
        assert session.scalar(select(func.count()).select_from(Message)) == 2
