"""What only the Chroma store keeps; what every store keeps is in tests/contract."""

from pathlib import Path

import numpy as np
import pytest

from on_prem_rag.index import chroma
from on_prem_rag.index.chroma import ChromaVectorStore, examine_every_collection
from on_prem_rag.llm.protocols import FloatMatrix, ModelFingerprint

MODEL = ModelFingerprint("m", "d", 8)
COLLECTION = "3f0e0000-0000-0000-0000-000000000001"
OTHER = "3f0e0000-0000-0000-0000-000000000002"


def matrix(rows: int) -> FloatMatrix:
    drawn = np.random.default_rng(rows).standard_normal((rows, 8)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def names(rows: int) -> list[str]:
    return [f"chunk-{row}" for row in range(rows)]


def test_vectors_survive_reopening(tmp_path: Path) -> None:
    store = ChromaVectorStore(tmp_path, MODEL)
    store.upsert(COLLECTION, names(30), matrix(30))
    store.close()
    again = ChromaVectorStore(tmp_path, MODEL)
    assert again.collection_ids() == {COLLECTION}
    assert again.chunk_ids(COLLECTION) == set(names(30))
    assert again.search(COLLECTION, matrix(30)[3], 1)[0].chunk_id == "chunk-3"
    again.close()


def test_a_directory_of_another_model_shows_nothing(tmp_path: Path) -> None:
    store = ChromaVectorStore(tmp_path, MODEL)
    store.upsert(COLLECTION, names(3), matrix(3))
    store.close()
    other = ChromaVectorStore(tmp_path, ModelFingerprint("n", "d", 8))
    assert other.collection_ids() == frozenset()
    assert other.search(COLLECTION, matrix(3)[0], 3) == []
    other.close()


@pytest.mark.parametrize("shape", [(2, 8), (3, 7), (3,)])
def test_a_matrix_of_the_wrong_shape_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    store = ChromaVectorStore(tmp_path, MODEL)
    with pytest.raises(ValueError, match="3 vectors expected"):
        store.upsert(COLLECTION, names(3), np.zeros(shape, np.float32))
    store.close()


def test_dropping_removes_the_files_of_that_collection_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(chroma._HNSW, "sync_threshold", 10)
    store = ChromaVectorStore(tmp_path, MODEL)
    for collection_id in (COLLECTION, OTHER):
        store.upsert(collection_id, names(30), matrix(30))
        store.search(collection_id, matrix(30)[0], 1)
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 2
    store.drop(COLLECTION)
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1
    assert store.search(OTHER, matrix(30)[4], 1)[0].chunk_id == "chunk-4"
    store.close()
    assert list(examine_every_collection(tmp_path).values()) == [30]


def test_nearly_everything_an_exact_search_finds_is_found(tmp_path: Path) -> None:
    store = ChromaVectorStore(tmp_path, MODEL)
    vectors = matrix(3000)
    store.upsert(COLLECTION, names(3000), vectors)
    found = 0
    for query in matrix(50):
        exact = np.argsort(-(vectors @ query))[:10]
        hits = store.search(COLLECTION, query, 10)
        found += len({hit.chunk_id for hit in hits} & {f"chunk-{row}" for row in exact})
    assert found / 500 >= 0.98
    store.close()
