"""What every VectorStore keeps, run on each implementation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete
from tests.index_rows import FIRST_MODEL, IndexRows, vector_of

from on_prem_rag.db.session import Database
from on_prem_rag.documents.models import Chunk
from on_prem_rag.index.chroma import ChromaVectorStore
from on_prem_rag.index.exact import ExactVectorStore
from on_prem_rag.index.protocols import VectorStore


@dataclass
class Stocked:
    """A store with the SQL rows its vectors come from."""

    store: VectorStore
    rows: IndexRows

    def add(self, collection_id: str, texts: list[str]) -> list[str]:
        chunk_ids = self.rows.publish(collection_id, texts[0], texts)
        vectors = np.array([vector_of(text) for text in texts])
        self.store.upsert(collection_id, chunk_ids, vectors)
        return chunk_ids

    def remove(self, collection_id: str, chunk_ids: Sequence[str]) -> None:
        with self.rows.database.write() as session:
            session.execute(delete(Chunk).where(Chunk.id.in_(chunk_ids)))
        self.store.delete(collection_id, chunk_ids)

    def drop(self, collection_id: str) -> None:
        self.rows.drop(collection_id)
        self.store.drop(collection_id)

    def found(self, collection_id: str, text: str, limit: int = 10) -> list[str]:
        hits = self.store.search(collection_id, vector_of(text), limit)
        return [hit.chunk_id for hit in hits]


@pytest.fixture(params=["chroma", "exact"])
def stocked(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Stocked]:
    rows = IndexRows(Database(database_url))
    rows.model()
    store: VectorStore
    if request.param == "chroma":
        store = ChromaVectorStore(tmp_path / "chroma", FIRST_MODEL)
    else:
        store = ExactVectorStore(rows.database, FIRST_MODEL, max_vectors=2000)
    yield Stocked(store, rows)
    store.close()
    rows.database.close()


@pytest.fixture
def collection_id(stocked: Stocked) -> str:
    return stocked.rows.collection()


def test_the_nearest_comes_first_with_its_cosine(stocked: Stocked, collection_id: str) -> None:
    texts = [f"text {i}" for i in range(20)]
    chunk_ids = stocked.add(collection_id, texts)
    hits = stocked.store.search(collection_id, vector_of("text 7"), 20)
    assert hits[0].chunk_id == chunk_ids[7]
    assert hits[0].score == pytest.approx(1.0, abs=1e-5)
    cosines = {c: float(vector_of(t) @ vector_of("text 7")) for c, t in zip(chunk_ids, texts)}  # noqa: B905
    assert {hit.chunk_id: hit.score for hit in hits} == pytest.approx(cosines, abs=1e-4)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)


def test_a_limit_is_kept_and_may_exceed_what_is_there(stocked: Stocked, collection_id: str) -> None:
    stocked.add(collection_id, [f"text {i}" for i in range(5)])
    assert len(stocked.found(collection_id, "text 1", 3)) == 3
    assert len(stocked.found(collection_id, "text 1", 50)) == 5
    assert stocked.found(collection_id, "text 1", 0) == []


def test_an_unknown_collection_is_empty(stocked: Stocked) -> None:
    assert stocked.found("3f0e0000-0000-0000-0000-000000000000", "text") == []
    assert stocked.store.count("3f0e0000-0000-0000-0000-000000000000") == 0
    stocked.store.delete("3f0e0000-0000-0000-0000-000000000000", ["a"])
    stocked.store.drop("3f0e0000-0000-0000-0000-000000000000")


def test_collections_are_kept_apart(stocked: Stocked, collection_id: str) -> None:
    other = stocked.rows.collection()
    mine, theirs = stocked.add(collection_id, ["same"]), stocked.add(other, ["same"])
    assert stocked.found(collection_id, "same") == mine
    assert stocked.found(other, "same") == theirs


def test_upserting_again_changes_nothing(stocked: Stocked, collection_id: str) -> None:
    chunk_ids = stocked.add(collection_id, ["one", "two"])
    vectors = np.array([vector_of("one"), vector_of("two")])
    stocked.store.upsert(collection_id, chunk_ids, vectors)
    assert stocked.store.count(collection_id) == 2
    assert sorted(stocked.found(collection_id, "one")) == sorted(chunk_ids)


def test_deleted_vectors_are_not_found(stocked: Stocked, collection_id: str) -> None:
    chunk_ids = stocked.add(collection_id, ["one", "two", "three"])
    assert stocked.found(collection_id, "two")[0] == chunk_ids[1]
    stocked.remove(collection_id, [chunk_ids[1], "3f0e0000-0000-0000-0000-000000000000"])
    stocked.store.delete(collection_id, [])
    assert stocked.store.count(collection_id) == 2
    assert chunk_ids[1] not in stocked.found(collection_id, "two")


def test_a_dropped_collection_is_empty(stocked: Stocked, collection_id: str) -> None:
    other = stocked.rows.collection()
    stocked.add(collection_id, ["one"])
    stocked.add(other, ["one"])
    stocked.drop(collection_id)
    assert (stocked.store.count(collection_id), stocked.found(collection_id, "one")) == (0, [])
    assert stocked.store.count(other) == 1


def test_searching_from_threads_while_writing(stocked: Stocked, collection_id: str) -> None:
    first = stocked.add(collection_id, [f"text {i}" for i in range(30)])
    with ThreadPoolExecutor(4) as pool:
        searches = [pool.submit(stocked.found, collection_id, "text 3", 5) for _ in range(40)]
        added = stocked.add(collection_id, [f"more {i}" for i in range(30)])
        assert all(search.result()[0] == first[3] for search in searches)
    assert stocked.found(collection_id, "more 4", 1) == [added[4]]
