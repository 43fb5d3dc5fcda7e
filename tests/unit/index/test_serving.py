"""One door to both indexes: what each says, and what happens when one is down."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.index_rows import FIRST_MODEL, IndexRows, vector_of

from on_prem_rag.errors import ServiceUnavailable
from on_prem_rag.index.owner import IndexSlot
from on_prem_rag.index.projector import Projector
from on_prem_rag.index.protocols import LexicalFilter
from on_prem_rag.index.serving import ServingIndex
from on_prem_rag.llm.protocols import Embedder, FloatMatrix, FloatVector, ModelFingerprint


class TextEmbedder:
    """An embedder of any model; its vectors are those of the rows."""

    max_tokens = 100

    def __init__(self, fingerprint: ModelFingerprint) -> None:
        self.fingerprint = fingerprint

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def embed_documents(self, texts: list[str]) -> FloatMatrix:
        return np.array([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> FloatVector:
        return vector_of(text, self.fingerprint)

    def close(self) -> None:
        pass


class Setup:
    def __init__(self, rows: IndexRows, slot: IndexSlot) -> None:
        self.rows = rows
        self.embedder: Embedder = TextEmbedder(FIRST_MODEL)
        self.projector = Projector(rows.database, slot)
        self.index = ServingIndex(self.projector, lambda name: self.embedder)


@pytest.fixture
def setup(rows: IndexRows, tmp_path: Path) -> Iterator[Setup]:
    slot = IndexSlot.acquire(tmp_path / "index", 1)
    made = Setup(rows, slot)
    yield made
    made.index.close()
    made.projector.close()
    slot.release()


def test_before_there_is_a_model_only_the_lexical_index_serves(setup: Setup) -> None:
    collection_id = setup.rows.collection()
    chunk_ids = setup.rows.publish(collection_id, "a", ["cash flow"])
    setup.projector.run_until_current()
    assert (setup.index.degraded, setup.index.model) == (("dense",), None)
    hits = setup.index.search_lexical("cash", LexicalFilter([collection_id]), 5)
    assert [hit.chunk_id for hit in hits] == chunk_ids
    with pytest.raises(ServiceUnavailable):
        setup.index.search_dense(vector_of("cash flow"), [collection_id], 5)
    with pytest.raises(ServiceUnavailable):
        _ = setup.index.embedder
    setup.rows.model()
    setup.projector.run_until_current()
    assert (setup.index.degraded, setup.index.model) == ((), FIRST_MODEL)
    assert setup.index.watermark == 1
    assert setup.projector.find_drift() == []


@pytest.mark.parametrize("count", [2, 9])
def test_several_collections_are_merged_by_cosine(setup: Setup, count: int) -> None:
    setup.rows.model()
    collections = [setup.rows.collection(private=i % 2 == 0) for i in range(count)]
    expected = {}
    for number, collection_id in enumerate(collections):
        texts = [f"text {number} {i}" for i in range(4)]
        ids = setup.rows.publish(collection_id, "a", texts)
        expected.update(zip(ids, texts, strict=True))
    setup.projector.run_until_current()
    query = setup.index.embedder.embed_query("question")
    cosines = {chunk_id: float(vector_of(text) @ query) for chunk_id, text in expected.items()}
    best = sorted(cosines, key=lambda chunk_id: -cosines[chunk_id])[:5]
    hits = setup.index.search_dense(query, collections, 5)
    assert [hit.chunk_id for hit in hits] == best
    only = {hit.chunk_id for hit in setup.index.search_dense(query, collections[:1], 5)}
    assert only <= set(list(expected)[:4])
    scored = setup.index.score_chunks(query, best[:2])
    assert [hit.chunk_id for hit in scored] == best[:2]


def test_a_vector_of_another_model_is_refused(setup: Setup) -> None:
    setup.rows.model()
    setup.projector.run_until_current()
    with pytest.raises(ServiceUnavailable, match="another model"):
        setup.index.search_dense(np.zeros(3, np.float32), [], 5)
    setup.embedder = TextEmbedder(ModelFingerprint("first", "changed", 8))
    with pytest.raises(ServiceUnavailable, match="not the one indexed"):
        _ = setup.index.embedder


def test_searches_that_keep_failing_lead_to_a_new_generation(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup.rows.model()
    collection_id = setup.rows.collection()
    chunk_ids = setup.rows.publish(collection_id, "a", ["one"])
    setup.projector.run_until_current()
    live = setup.projector.dense.live
    assert live is not None
    monkeypatch.setattr(live, "search", _fail)
    for _ in range(3):
        with pytest.raises(ServiceUnavailable):
            setup.index.search_dense(vector_of("one"), [collection_id], 5)
    setup.projector.run_until_current()
    hits = setup.index.search_dense(vector_of("one"), [collection_id], 5)
    assert [hit.chunk_id for hit in hits] == chunk_ids


def test_a_search_that_meets_a_swap_asks_the_new_generation(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup.rows.model()
    collection_id = setup.rows.collection()
    chunk_ids = setup.rows.publish(collection_id, "a", ["one"])
    setup.projector.run_until_current()
    live = setup.projector.dense.live
    assert live is not None

    def swap(*_: object) -> None:
        setup.projector.dense.distrust()
        setup.projector.run_until_current()
        raise RuntimeError("closed")

    monkeypatch.setattr(live, "search", swap)
    hits = setup.index.search_dense(vector_of("one"), [collection_id], 5)
    assert [hit.chunk_id for hit in hits] == chunk_ids


def _fail(*_: object) -> None:
    raise RuntimeError("damaged")
