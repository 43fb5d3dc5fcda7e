"""Passages of one text: a few have a vector in Chroma, so that its graph stays connected."""

import numpy as np
import pytest
from tests.index_rows import IndexRows, vector_of

from on_prem_rag.index import equal_passages
from on_prem_rag.index.dense import DenseGeneration
from on_prem_rag.index.equal_passages import MOST
from on_prem_rag.index.projector import Projector

OTHERS = 600
EQUALS = 1800


def live(projector: Projector) -> DenseGeneration:
    """What serves, once all is followed and nothing differs from SQL."""
    projector.run_until_current()
    assert projector.find_drift() == []
    assert projector.dense.live is not None
    return projector.dense.live


def blind_spots(dense: DenseGeneration, collection_id: str, texts: list[str]) -> int:
    """How many of the texts' vectors a search for themselves does not find."""
    found = [dense.search(collection_id, vector_of(text), 10) for text in texts]
    return sum(1 for hits in found if not any(hit.score > 0.9999 for hit in hits))


@pytest.mark.parametrize("bounded", [True, False], ids=["bounded", "control"])
def test_many_equal_passages_hide_no_other(
    rows: IndexRows, projector: Projector, monkeypatch: pytest.MonkeyPatch, bounded: bool
) -> None:
    if not bounded:
        monkeypatch.setattr(equal_passages, "MOST", EQUALS)
    others = [f"other {number}" for number in range(OTHERS)]
    mixed = ["the same"] * EQUALS + others
    np.random.default_rng(7).shuffle(mixed)
    shared = rows.collection()
    rows.publish(shared, "minutes", mixed)
    dense = live(projector)
    assert dense.chroma.count(shared) == OTHERS + (MOST if bounded else EQUALS)
    assert (blind_spots(dense, shared, others) == 0) == bounded


def test_whichever_come_first_by_id_stand_for_the_rest(
    rows: IndexRows, projector: Projector
) -> None:
    shared = rows.collection()
    chunk_ids: list[str] = []
    for number in range(12):
        chunk_ids += rows.publish(shared, f"{number}", ["the same", "the same", f"own {number}"])
        held = live(projector).chroma.chunk_ids(shared)
        same = sorted(chunk_ids[0::3] + chunk_ids[1::3])
        assert held == {*chunk_ids[2::3], *same[:MOST]}


def test_others_take_the_place_of_those_that_are_deleted(
    rows: IndexRows, projector: Projector
) -> None:
    shared = rows.collection()
    names = [f"{number}" for number in range(12)]
    chunk_ids = {name: rows.publish(shared, name, ["the same"] * 2)[:] for name in names}
    live(projector)
    while chunk_ids:
        name = min(chunk_ids, key=lambda each: min(chunk_ids[each]))
        del chunk_ids[name]
        rows.remove(shared, name)
        left = sorted(chunk_id for ids in chunk_ids.values() for chunk_id in ids)
        assert live(projector).chroma.chunk_ids(shared) == set(left[:MOST])


def test_a_generation_built_anew_and_a_repair_hold_as_many(
    rows: IndexRows, projector: Projector
) -> None:
    shared = rows.collection()
    first = sorted(rows.publish(shared, "minutes", ["the same"] * 30))[:MOST]
    before = live(projector)
    projector.renew_dense()
    after = live(projector)
    assert after is not before
    assert after.chroma.chunk_ids(shared) == set(first)
    after.chroma.delete(shared, first[:3])
    assert [drift.held for drift in projector.reconcile()] == [MOST - 3]
    assert live(projector).chroma.chunk_ids(shared) == set(first)
