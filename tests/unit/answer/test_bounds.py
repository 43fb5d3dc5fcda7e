from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from on_prem_rag.answer.bounds import Bounds

FULL = Bounds(
    collection_ids=("a", "b"),
    document_ids=(),
    media_types=("text/plain",),
    date_from=datetime(2025, 1, 1, tzinfo=UTC),
    date_to=datetime(2026, 1, 1, tzinfo=UTC),
    strategy="dense",
    top_k=3,
)


@pytest.mark.parametrize("bounds", [Bounds(), FULL])
def test_bounds_survive_being_stored(bounds):
    assert Bounds.from_dict(json.loads(json.dumps(bounds.to_dict()))) == bounds


def test_what_is_not_set_takes_no_room():
    assert Bounds().to_dict() == {}


def test_own_values_win_over_defaults():
    assert FULL.query("Why?", strategy="hybrid", top_k=10).top_k == 3
    query = Bounds().query("Why?", strategy="hybrid", top_k=10)
    assert (query.strategy, query.top_k, query.collection_ids) == ("hybrid", 10, None)
