from __future__ import annotations

from tests.answering import ANNA, BEN

from on_prem_rag.access.models import EVERYONE
from on_prem_rag.conversations.listing import (
    ConversationFilter,
    ConversationPage,
    list_conversations,
    list_folders,
)
from on_prem_rag.conversations.sharing import put_share


def listed(talk, caller=ANNA, limit: int = 50, offset: int = 0, **wanted) -> ConversationPage:
    with talk.database.read() as session:
        return list_conversations(session, caller, ConversationFilter(**wanted), limit, offset)


def keep(talk, conversation_id: str, **changes) -> None:
    with talk.database.write() as session:
        talk.service.update(session, ANNA, conversation_id, **changes)


def ids(page: ConversationPage) -> list[str]:
    return [item.id for item in page.items]


def test_pinned_ones_come_first_then_those_last_used(talk):
    made = [talk.start(title=title) for title in ("a", "b", "c")]
    talk.ask(conversation=made[1])
    keep(talk, made[0], pinned=True)
    everything = listed(talk)
    assert ids(everything)[:2] == [made[0], made[1]]
    assert everything.total == 4
    page = listed(talk, limit=2, offset=2)
    assert (len(page.items), page.total) == (2, 4)
    assert ids(listed(talk, pinned=True)) == [made[0]]
    assert made[0] not in ids(listed(talk, pinned=False))


def test_a_search_finds_titles_and_questions_whatever_their_case(talk):
    pumps = talk.start(title="Ölpumpen")
    asked = talk.start(title="Other")
    talk.ask("Wie lange hält Überdruck 100 %?", conversation=asked)
    for search, expected in (
        ("ölPUMP", [pumps]),
        ("überdruck", [asked]),
        ("lange", [asked]),
        ("0 %?", [asked]),
        ("0_%", []),
    ):
        assert ids(listed(talk, search=search)) == expected, search


def test_a_search_never_finds_the_text_of_answers(talk):
    talk.answered("Why?", "Because of the secret [1].")
    assert listed(talk, search="secret").total == 0
    assert listed(talk, search="why").total == 1


def test_archived_ones_and_folders(talk):
    old, kept = talk.start(title="old"), talk.start(title="kept")
    keep(talk, old, archived=True, folder="b")
    keep(talk, kept, folder="Ä")
    third = talk.start()
    keep(talk, third, folder="b")
    assert ids(listed(talk, archived=True)) == [old]
    assert old not in ids(listed(talk, archived=False))
    assert set(ids(listed(talk, folder="b"))) == {old, third}
    assert ids(listed(talk, folder="b", archived=False)) == [third]
    assert ids(listed(talk, folder="")) == [talk.conversation_id]
    with talk.database.read() as session:
        folders = list_folders(session, ANNA)
        assert list_folders(session, BEN) == []
    assert [(f.name, f.conversations) for f in folders] == [("b", 1), ("Ä", 1)]


def test_how_its_owner_keeps_it_is_not_shared(talk):
    talk.ask("Shared words?")
    keep(talk, talk.conversation_id, pinned=True, archived=True, folder="Mine")
    with talk.database.write() as session:
        put_share(session, ANNA, talk.conversation_id, EVERYONE)
    [seen] = listed(talk, BEN, shared=True, archived=False, folder="").items
    assert (seen.pinned, seen.archived, seen.folder) == (False, False, "")
    assert listed(talk, BEN).total == 0
    assert listed(talk, BEN, search="words").total == 0
    assert listed(talk, BEN, shared=True, search="shared").total == 1, "by its title"
