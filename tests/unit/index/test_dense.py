"""Which Collections go into Chroma and which are searched in SQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.index_rows import FIRST_MODEL, IndexRows, vector_of

from on_prem_rag.index.dense import DenseGeneration


@pytest.fixture
def dense(rows: IndexRows, tmp_path: Path) -> Iterator[DenseGeneration]:
    rows.model()
    made = DenseGeneration(rows.database, tmp_path / "dense", FIRST_MODEL, private_threshold=3)
    yield made
    made.close()


def found(dense: DenseGeneration, collection_id: str, text: str) -> list[str]:
    return [hit.chunk_id for hit in dense.search(collection_id, vector_of(text), 10)]


def test_a_shared_collection_goes_into_chroma(rows: IndexRows, dense: DenseGeneration) -> None:
    collection_id = rows.collection()
    chunk_ids = rows.publish(collection_id, "a", ["one"])
    dense.add(collection_id, chunk_ids)
    assert dense.chroma.collection_ids() == {collection_id}
    assert found(dense, collection_id, "one") == chunk_ids


def test_a_private_one_moves_when_it_has_grown(rows: IndexRows, dense: DenseGeneration) -> None:
    collection_id = rows.collection(private=True)
    few = rows.publish(collection_id, "a", ["one", "two", "three"])
    dense.add(collection_id, few)
    assert dense.chroma.collection_ids() == frozenset()
    assert found(dense, collection_id, "two")[0] == few[1]
    more = rows.publish(collection_id, "b", ["four"])
    dense.add(collection_id, more)
    assert dense.chroma.chunk_ids(collection_id) == {*few, *more}
    assert found(dense, collection_id, "two")[0] == few[1]


def test_chunks_without_a_vector_are_left_out(rows: IndexRows, dense: DenseGeneration) -> None:
    collection_id = rows.collection()
    dense.add(collection_id, [*rows.publish(collection_id, "a", ["one"]), "unknown"])
    assert dense.chroma.count(collection_id) == 1


def test_chunks_that_moved_since_are_left_out(rows: IndexRows, dense: DenseGeneration) -> None:
    here, there = rows.collection(), rows.collection()
    chunk_ids = rows.publish(here, "a", ["one"])
    rows.move(here, there, "a")
    dense.put(here, chunk_ids)
    dense.put(there, chunk_ids)
    assert dense.chroma.collection_ids() == {there}


def test_a_collection_that_is_gone_is_not_created(rows: IndexRows, dense: DenseGeneration) -> None:
    dense.add("3f0e0000-0000-0000-0000-000000000000", ["a"])
    assert dense.chroma.collection_ids() == frozenset()


def test_deleting_and_dropping_reach_both_sides(rows: IndexRows, dense: DenseGeneration) -> None:
    shared, private = rows.collection(), rows.collection(private=True)
    for collection_id in (shared, private):
        dense.add(collection_id, rows.publish(collection_id, "a", ["one"]))
        assert len(found(dense, collection_id, "one")) == 1
        rows.remove(collection_id, "a")
        dense.delete(collection_id, ["irrelevant"])
    assert found(dense, private, "one") == []
    dense.drop(shared)
    assert dense.chroma.collection_ids() == frozenset()
