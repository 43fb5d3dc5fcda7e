"""Collections as their readers see them."""

import pytest
from tests.unit.documents.conftest import ANN, BOB, Library

from on_prem_rag.errors import CollectionNotFound, Conflict, Forbidden, InvalidInput


def names(library: Library, caller: object) -> list[str]:
    with library.database.read() as session:
        found = library.collections.list_collections(session, caller)  # type: ignore[arg-type]
        return [summary.collection.name for summary in found]


def test_only_what_may_be_read_is_listed(library: Library) -> None:
    with library.database.write() as session:
        library.collections.create(session, BOB, "bobs", private=True)
        library.collections.create(session, BOB, "All", open_to_everyone=True)
    assert names(library, ANN) == ["All", "Contracts"]
    assert names(library, BOB) == ["All", "bobs"]


def test_a_private_collection_is_never_opened_to_everyone(library: Library) -> None:
    with library.database.write() as session:
        library.collections.create(session, BOB, "mine", private=True, open_to_everyone=True)
    assert "mine" not in names(library, ANN)


def test_documents_are_counted_and_the_own_level_is_told(library: Library) -> None:
    library.upload("a.txt", b"a")
    library.grant(BOB, "reader")
    with library.database.read() as session:
        summary = library.collections.get(session, BOB, library.collection_id)
    assert (summary.level, summary.document_count) == ("reader", 1)


def test_ones_own_names_are_unique_but_anothers_stay_unknown(library: Library) -> None:
    with library.database.write() as session, pytest.raises(Conflict):
        library.collections.create(session, ANN, " contracts ")
    with library.database.write() as session:
        library.collections.create(session, BOB, "Contracts")


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_name_that_is_none_is_refused(library: Library, name: str) -> None:
    with library.database.write() as session, pytest.raises(InvalidInput):
        library.collections.create(session, ANN, name)


def test_only_a_manager_changes_it(library: Library) -> None:
    with library.database.write() as session, pytest.raises(CollectionNotFound):
        library.collections.update(session, BOB, library.collection_id, name="x")
    library.grant(BOB, "contributor")
    with library.database.write() as session, pytest.raises(Forbidden):
        library.collections.update(session, BOB, library.collection_id, name="x")
    with library.database.write() as session:
        summary = library.collections.update(session, ANN, library.collection_id, name="Leases")
    assert summary.collection.name == "Leases"
