from __future__ import annotations

import pytest
from tests.answering import ANNA, BEN

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.groups import add_member, create_group, delete_group, remove_member
from on_prem_rag.auth.models import User
from on_prem_rag.conversations.journal import request_cancel
from on_prem_rag.conversations.listing import ConversationFilter, list_conversations
from on_prem_rag.conversations.models import ConversationShare
from on_prem_rag.conversations.sharing import delete_share, list_shares, put_share
from on_prem_rag.errors import (
    ConversationNotFound,
    Forbidden,
    GroupNotFound,
    NotFound,
    UserNotFound,
)

CARL = Caller("carl", "carl", "member")


@pytest.fixture
def people(talk):
    with talk.database.write() as session:
        for caller in (ANNA, BEN, CARL):
            session.add(User(id=caller.id, username=caller.username, password_hash="x"))


def share(talk, principal: str = "ben", kind=None) -> str:
    with talk.database.write() as session:
        return put_share(session, ANNA, talk.conversation_id, principal, kind=kind).id


def reads(talk, caller) -> bool:
    with talk.database.read() as session:
        listed = list_conversations(session, caller, ConversationFilter(shared=True), 50, 0)
        try:
            talk.service.get(session, caller, talk.conversation_id)
        except ConversationNotFound:
            assert listed.total == 0
            return False
        assert [c.id for c in listed.items] == [talk.conversation_id]
        assert list_conversations(session, caller, ConversationFilter(), 50, 0).total == 0
        return True


def test_a_share_opens_and_its_end_closes(talk, people):
    assert not reads(talk, BEN)
    share_id = share(talk, " BEN ")
    assert share(talk) == share_id, "sharing twice is sharing once"
    assert reads(talk, BEN)
    assert not reads(talk, CARL)
    with talk.database.write() as session:
        [view] = list_shares(session, ANNA, talk.conversation_id)
        assert (view.kind, view.username, view.group) == ("user", "ben", None)
        delete_share(session, ANNA, talk.conversation_id, share_id)
        with pytest.raises(NotFound):
            delete_share(session, ANNA, talk.conversation_id, share_id)
    assert not reads(talk, BEN)


def test_a_group_reads_as_long_as_it_lasts(talk, people):
    with talk.database.write() as session:
        group_id = create_group(session, "Legal").group.id
        add_member(session, group_id, BEN.id)
    share(talk, "legal", "group")
    assert (reads(talk, BEN), reads(talk, CARL)) == (True, False)
    with talk.database.write() as session:
        assert list_shares(session, ANNA, talk.conversation_id)[0].group == "legal"
        remove_member(session, group_id, BEN.id)
        add_member(session, group_id, CARL.id)
    assert (reads(talk, BEN), reads(talk, CARL)) == (False, True)
    with talk.database.write() as session:
        delete_group(session, group_id)
    assert not reads(talk, CARL)
    with talk.database.read() as session:
        assert list_shares(session, ANNA, talk.conversation_id) == []


def test_everyone_reads(talk, people):
    share(talk, "everyone")
    share(talk, "everyone", "everyone")
    assert reads(talk, BEN)
    assert reads(talk, CARL)
    with talk.database.read() as session:
        [view] = list_shares(session, ANNA, talk.conversation_id)
        assert (view.kind, view.principal) == ("everyone", "everyone")
        own = list_conversations(session, ANNA, ConversationFilter(shared=True), 50, 0)
        assert own.total == 0, "their own is not shared"


def test_who_is_disabled_or_unknown_is_no_one_and_who_is_deleted_goes(talk, people):
    share(talk, "carl")
    with talk.database.write() as session:
        session.get_one(User, BEN.id).disabled = True
        session.delete(session.get_one(User, CARL.id))
    for name in ("ben", "nobody"):
        with pytest.raises(UserNotFound, match=r"There is no user of this name\."):
            share(talk, name)
    with pytest.raises(GroupNotFound):
        share(talk, "nobody", "group")
    with talk.database.read() as session:
        assert session.query(ConversationShare).all() == []


def test_a_reader_changes_nothing(talk, people):
    answer_id = talk.answered()
    share_id = share(talk)
    place = talk.conversation_id
    with talk.database.write() as session:
        refused = [
            lambda: talk.service.update(session, BEN, place, title="Mine"),
            lambda: talk.service.delete(session, BEN, place),
            lambda: talk.service.history(session, BEN, place),
            lambda: talk.service.put_feedback(session, BEN, answer_id, 1),
            lambda: request_cancel(session, BEN, answer_id),
            lambda: list_shares(session, BEN, place),
            lambda: put_share(session, BEN, place, "carl"),
            lambda: delete_share(session, BEN, place, share_id),
        ]
        for change in refused:
            with pytest.raises(Forbidden):
                change()
        with pytest.raises(ConversationNotFound):
            put_share(session, CARL, place, "carl")


def test_deleting_a_conversation_takes_its_shares(talk, people):
    share(talk)
    with talk.database.write() as session:
        talk.service.delete(session, ANNA, talk.conversation_id)
        assert session.query(ConversationShare).all() == []
