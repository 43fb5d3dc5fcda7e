from __future__ import annotations

import pytest
from tests.answering import ANNA

from on_prem_rag.access.models import Collection, Grant
from on_prem_rag.conversations.models import Message
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
