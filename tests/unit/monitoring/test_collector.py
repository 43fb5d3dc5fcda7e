"""The collector leaves alone what was there when it was settled, and still finds new garbage."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from on_prem_rag.monitoring.collector import settle_collector


class Knot:
    """Refers to itself."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_what_exists_is_left_out_and_new_garbage_is_found() -> None:
    settle_collector()
    assert gc.get_freeze_count() > 10_000
    knot = weakref.ref(Knot())
    gc.collect()
    assert knot() is None
