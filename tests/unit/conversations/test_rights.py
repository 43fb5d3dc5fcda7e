from __future__ import annotations

import pytest
from tests.answering import ANNA, BEN

from on_prem_rag.access.models import Collection, Grant
from on_prem_rag.conversations.journal import NewEvidence
from on_prem_rag.conversations.models import ConversationShare, Message
from on_prem_rag.conversations.rights import depends_on, lost_sources
from on_prem_rag.documents.models import Document


@pytest.mark.parametrize("lock", [False, True])
def test_sources_are_lost_with_the_grant_the_document_or_the_collection(talk, lock):
    readable, gone = ("shared", "doc"), ("shared", "none")
    with talk.database.write() as session:
        assert lost_sources(session, ANNA, [readable, gone], lock=lock) == {gone}
        assert lost_sources(session, ANNA, [], lock=lock) == set()
        session.query(Grant).delete()
        assert lost_sources(session, ANNA, [readable], lock=lock) == {readable}


@pytest.mark.parametrize("lock", [False, True])
def test_a_moved_source_is_judged_by_where_it_is_now(talk, lock):
    with talk.database.write() as session:
        session.add(Collection(id="annas", name="annas", owner_id=ANNA.id))
        session.add(Collection(id="foreign", name="foreign", owner_id="someone"))
        session.flush()
        for place, lost in (("annas", set()), ("foreign", {("shared", "doc")})):
            session.get(Document, "doc").collection_id = place
            session.flush()
            assert lost_sources(session, ANNA, [("shared", "doc")], lock=lock) == lost


def test_an_answer_depends_on_all_answers_before_it_in_its_prompt(talk):
    first, second, third = (talk.answered(f"{n}?") for n in range(3))
    with talk.database.read() as session:
        depends = {row.id: set(depends_on(row)) for row in session.query(Message)}
    assert depends[first] == set()
    assert depends[second] == {first}
    assert depends[third] == {first, second}


@pytest.mark.parametrize("loss", ["grant", "document", "private"])
def test_what_was_built_on_a_lost_source_is_withheld_whole(talk, loss):
    talk.answered("First?")
    talk.answered("Second?")
    assert all(view.withheld is None and view.content for view in talk.views())
    with talk.database.write() as session:
        if loss == "grant":
            session.query(Grant).delete()
        elif loss == "document":
            session.delete(session.get(Document, "doc"))
        else:
            session.get(Collection, "shared").private = True
    views = talk.views()
    assert [view.withheld for view in views] == [None, "withheld"] * 2
    for view in views[1::2]:
        assert (view.content, view.evidence, view.details, view.search_query) == ("", (), {}, None)


def test_a_later_answer_that_used_nothing_of_it_stays(talk):
    with talk.database.write() as session:
        session.add(Collection(id="own", name="own", owner_id=ANNA.id))
        session.flush()
        session.add(Document(id="own-doc", collection_id="own", name="o", created_by="x"))
    talk.answered("First?")
    with talk.database.write() as session:
        session.query(Grant).delete()
    second = talk.ask("Second?")[1]
    talk.write(second, evidence=(), sources=())
    assert [view.withheld for view in talk.views()] == [None, "withheld", None, None]


def test_a_reader_of_a_shared_conversation_is_judged_by_their_own_rights(talk):
    with talk.database.write() as session:
        session.add(Collection(id="annas", name="annas", owner_id=ANNA.id))
        session.flush()
        session.add(Document(id="secret", collection_id="annas", name="s", created_by="x"))
        session.add(ConversationShare(conversation_id=talk.conversation_id))
    talk.answered("Open?")
    hidden = talk.ask("Secret?")[1]
    secret = ("annas", "secret")
    passage = NewEvidence(1, secret, "v1", {"title": "Secret", "text": "canary"})
    changes = {"evidence": [passage], "sources": [secret], "search_query": "canary"}
    assert talk.write(hidden, "The canary [1].", **changes) == set()
    talk.answered("And then?")
    assert [view.withheld for view in talk.views()] == [None] * 6
    views = talk.views(BEN)
    assert [view.withheld for view in views] == [None, None, None, "withheld", None, "withheld"]
    assert [view.content for view in views] == [
        "Open?",
        "Because [1].",
        "Secret?",
        "",
        "And then?",
        "",
    ]
    assert "canary" not in repr(views)
    assert "depends_on" not in views[-1].details


def test_what_the_owner_searched_in_is_not_told_to_a_reader(talk):
    talk.answered()
    with talk.database.write() as session:
        session.add(ConversationShare(conversation_id=talk.conversation_id))
        session.query(Message).update({"filters": {"collection_ids": ["secret"]}})
        session.query(Message).filter_by(role="assistant").update({"details": {"erased": True}})
    assert [view.filters for view in talk.views(BEN)] == [{}, {}]
    assert talk.views()[1].filters == {"collection_ids": ["secret"]}
    assert (talk.views()[1].withheld, talk.views(BEN)[1].withheld) == ("erased", "withheld")
