"""Comparing and repairing one index at a time; the projector's tests do both together."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.index_rows import FIRST_MODEL, IndexRows

from on_prem_rag.index.dense import DenseGeneration
from on_prem_rag.index.lexical import TantivyLexicalIndex
from on_prem_rag.index.reconcile import Drift, find_drift, repair_dense, repair_lexical
from on_prem_rag.index.truth import lexical_entries


@pytest.fixture
def lexical(tmp_path: Path) -> Iterator[TantivyLexicalIndex]:
    index = TantivyLexicalIndex(tmp_path / "lexical")
    yield index
    index.close()


@pytest.fixture
def dense(rows: IndexRows, tmp_path: Path) -> Iterator[DenseGeneration]:
    rows.model()
    generation = DenseGeneration(rows.database, tmp_path / "c", FIRST_MODEL, private_threshold=3)
    yield generation
    generation.close()


def test_counts_are_not_compared_while_behind(
    rows: IndexRows, lexical: TantivyLexicalIndex
) -> None:
    rows.publish(rows.collection(), "a", ["one"])
    assert find_drift(rows.database, lexical, None) is None


def test_missing_and_extra_chunks_of_the_lexical_index(
    rows: IndexRows, lexical: TantivyLexicalIndex
) -> None:
    collection_id, gone = rows.collection(), rows.collection()
    kept = rows.publish(collection_id, "a", ["one", "two"])
    extra = rows.publish(gone, "b", ["three"])
    with rows.database.read() as session:
        lexical.apply(lexical_entries(session, extra), [], 0)
    rows.drop(gone)
    lexical.apply([], [], 3)
    found = find_drift(rows.database, lexical, None)
    assert found is not None
    assert {drift.collection_id: drift for drift in found} == {
        collection_id: Drift("lexical", collection_id, 2, 0),
        gone: Drift("lexical", gone, 0, 1),
    }
    for drift in found:
        repair_lexical(rows.database, lexical, drift.collection_id)
    assert find_drift(rows.database, lexical, None) == []
    assert lexical.chunk_ids(collection_id) == set(kept)
    assert lexical.watermark() == 3


def test_small_private_collections_are_no_drift_of_chroma(
    rows: IndexRows, lexical: TantivyLexicalIndex, dense: DenseGeneration
) -> None:
    shared, private = rows.collection(), rows.collection(private=True)
    for collection_id in (shared, private):
        chunk_ids = rows.publish(collection_id, "a", ["one"])
        with rows.database.read() as session:
            lexical.apply(lexical_entries(session, chunk_ids), [], 2)
    assert find_drift(rows.database, lexical, dense) == [Drift("dense", shared, 1, 0)]
    repair_dense(dense, shared)
    assert find_drift(rows.database, lexical, dense) == []
