"""What the indexes found, looked up in SQL."""

from tests.unit.retrieve.conftest import OWNER, Library

from on_prem_rag.access.caller import Caller
from on_prem_rag.retrieve.candidates import chunk_ids_within, recheck
from on_prem_rag.retrieve.passage import SearchQuery

BOB = Caller("bob", "bob", "member")


def test_only_current_permitted_chunks_pass(library: Library) -> None:
    shared = library.rows.collection()
    old = library.publish(shared, "a.txt", "old one", "old two")
    new = library.publish(shared, "a.txt", "new one", "new two")
    with library.database.read() as session:
        found = recheck(session, OWNER, SearchQuery("x"), [*old, *new, "unknown"])
        assert sorted(found) == sorted(new)
        assert found[new[1]].ordinal == 1
        assert found[new[0]].version_id == found[new[1]].version_id
        assert recheck(session, BOB, SearchQuery("x"), new) == {}
        assert recheck(session, OWNER, SearchQuery("x"), []) == {}


def test_chunks_within_documents_are_bounded(library: Library) -> None:
    shared, other = library.rows.collection(), library.rows.collection()
    chunks = library.publish(shared, "a.txt", "one", "two", "three")
    document_id = library.document_id(chunks[0])
    with library.database.read() as session:
        assert set(chunk_ids_within(session, {shared}, [document_id], 10)) == set(chunks)
        assert len(chunk_ids_within(session, {shared}, [document_id], 2)) == 2
        assert chunk_ids_within(session, {other}, [document_id], 10) == []
