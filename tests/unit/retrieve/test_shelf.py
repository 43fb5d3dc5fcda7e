"""The catalog follows SQL."""

import pytest
from tests.index_rows import IndexRows
from tests.unit.retrieve.conftest import Library

from on_prem_rag.retrieve import shelf as shelf_module
from on_prem_rag.retrieve.shelf import Shelf


def names(rows: IndexRows, shelf: Shelf, collection_id: str, question: str) -> int:
    with rows.database.read() as session:
        shelf.refresh(session)
    return len(shelf.evidence(question, {collection_id}).weights)


@pytest.mark.parametrize("replayed", [500, 0])
def test_documents_come_change_and_go(
    library: Library, monkeypatch: pytest.MonkeyPatch, replayed: int
) -> None:
    monkeypatch.setattr(shelf_module, "_REPLAYED", replayed)
    rows, shelf = library.rows, Shelf()
    collection_id = rows.collection()
    assert names(rows, shelf, collection_id, "Bluebird") == 0
    for name in ("BLUEBIRD.txt", "canary.txt", "dove.txt", "eagle.txt", "finch.txt", "gull.txt"):
        rows.publish(collection_id, name, ["one", "two"])
    assert names(rows, shelf, collection_id, "Bluebird") == 1
    rows.publish(collection_id, "canary.txt", ["one", "two"], title="Falcon")
    assert names(rows, shelf, collection_id, "Falcon") == 1
    rows.remove(collection_id, "BLUEBIRD.txt")
    assert names(rows, shelf, collection_id, "Bluebird") == 0
    assert names(rows, shelf, collection_id, "Falcon") == 1


def test_a_collection_that_is_gone_names_nothing(library: Library) -> None:
    rows, shelf = library.rows, Shelf()
    collection_id = rows.collection()
    for name in ("BLUEBIRD.txt", "canary.txt", "dove.txt", "eagle.txt", "finch.txt"):
        rows.publish(collection_id, name, ["one", "two"])
    assert names(rows, shelf, collection_id, "Bluebird") == 1
    rows.drop(collection_id)
    other = rows.collection()
    assert names(rows, shelf, other, "Bluebird") == 0
