"""Caching over SQL; what every store keeps is in tests/contract."""

from collections.abc import Callable

import pytest
from tests.index_rows import FIRST_MODEL, IndexRows, vector_of

from on_prem_rag.index.exact import ExactVectorStore


@pytest.fixture
def store(rows: IndexRows) -> ExactVectorStore:
    rows.model()
    return ExactVectorStore(rows.database, FIRST_MODEL, max_vectors=5)


@pytest.fixture
def reads(rows: IndexRows, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    count = 0
    read = rows.database.read

    def counting() -> object:
        nonlocal count
        count += 1
        return read()

    monkeypatch.setattr(rows.database, "read", counting)
    return lambda: count


def test_what_was_read_is_kept_until_it_changes(
    rows: IndexRows, store: ExactVectorStore, reads: Callable[[], int]
) -> None:
    collection_id = rows.collection()
    rows.publish(collection_id, "a", ["one"])
    before = reads()
    for _ in range(3):
        assert len(store.search(collection_id, vector_of("one"), 5)) == 1
    assert reads() - before == 1
    rows.publish(collection_id, "b", ["two"])
    assert len(store.search(collection_id, vector_of("one"), 5)) == 1
    store.forget(collection_id)
    assert len(store.search(collection_id, vector_of("one"), 5)) == 2


def test_a_change_while_reading_is_not_lost(
    rows: IndexRows, store: ExactVectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection_id = rows.collection()
    rows.publish(collection_id, "a", ["one"])
    read = rows.database.read

    def changing() -> object:
        store.forget(collection_id)
        return read()

    monkeypatch.setattr(rows.database, "read", changing)
    store.search(collection_id, vector_of("one"), 5)
    monkeypatch.undo()
    rows.publish(collection_id, "b", ["two"])
    assert len(store.search(collection_id, vector_of("one"), 5)) == 2


def test_a_collection_that_belongs_in_chroma_is_not_read(
    rows: IndexRows, store: ExactVectorStore
) -> None:
    collection_id = rows.collection()
    rows.publish(collection_id, "a", [f"text {i}" for i in range(6)])
    assert store.search(collection_id, vector_of("text 1"), 5) == []
    assert store.count(collection_id) == 6


def test_the_least_recently_used_goes_when_memory_is_full(
    rows: IndexRows, reads: Callable[[], int]
) -> None:
    rows.model()
    collections = [rows.collection() for _ in range(3)]
    for collection_id in collections:
        rows.publish(collection_id, "a", ["one"])
    store = ExactVectorStore(rows.database, FIRST_MODEL, max_vectors=5, cache_bytes=2 * 8 * 4)
    for collection_id in collections:
        store.search(collection_id, vector_of("one"), 5)
    before = reads()
    store.search(collections[2], vector_of("one"), 5)
    store.search(collections[1], vector_of("one"), 5)
    assert reads() == before
    store.search(collections[0], vector_of("one"), 5)
    assert reads() == before + 1


def test_given_chunks_are_scored_and_unknown_ones_left_out(
    rows: IndexRows, store: ExactVectorStore
) -> None:
    chunk_ids = rows.publish(rows.collection(), "a", ["one", "two", "three"])
    hits = store.score(vector_of("two"), [*chunk_ids[:2], chunk_ids[0], "unknown"])
    assert [hit.chunk_id for hit in hits] == [chunk_ids[1], chunk_ids[0]]
    assert hits[0].score == pytest.approx(1.0, abs=1e-5)
    assert store.score(vector_of("two"), []) == []
