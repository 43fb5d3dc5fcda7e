from __future__ import annotations

import math
import threading
import time

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from on_prem_rag.monitoring.readings import Reading, Readings, Values

SIZE = Reading("size", "x")
TAKEN = Reading("taken_total", "x", "outcome")


@pytest.fixture
def readings() -> Readings:
    return Readings(SIZE, TAKEN, seconds=0.3)


@pytest.fixture
def registry(readings: Readings) -> CollectorRegistry:
    made = CollectorRegistry()
    made.register(readings)
    return made


def good() -> Values:
    return {SIZE: 7}


def test_a_source_that_fails_takes_its_own_values_alone_and_is_told_once(
    readings: Readings, registry: CollectorRegistry
) -> None:
    def bad() -> Values:
        raise OSError("a secret path")

    with readings.read_from(good, bad), capture_logs() as log:
        for _ in range(3):
            assert registry.get_sample_value("size") == 7
            assert registry.get_sample_value("taken_total", {"outcome": "failed"}) is None
    assert log == [
        {
            "event": "metrics_unreadable",
            "log_level": "warning",
            "source": "bad",
            "error_type": "OSError",
        }
    ]


def test_a_source_that_hangs_holds_nothing_up_and_is_not_asked_twice(
    readings: Readings, registry: CollectorRegistry
) -> None:
    asked, go_on = [], threading.Event()

    def hangs() -> Values:
        asked.append(threading.get_ident())
        go_on.wait()
        return {TAKEN: {"succeeded": float(len(asked))}}

    def taken() -> float | None:
        return registry.get_sample_value("taken_total", {"outcome": "succeeded"})

    with readings.read_from(hangs, good):
        for _ in range(2):
            began = time.monotonic()
            assert registry.get_sample_value("size") == 7
            assert taken() is None
            assert time.monotonic() - began < 5
        assert len(asked) == 1
        go_on.set()
        assert taken() == 1, "the answer that came late"
        assert taken() == 2, "and then a new one"


def test_two_sources_may_give_one_metric(readings: Readings, registry: CollectorRegistry) -> None:
    def one() -> Values:
        return {TAKEN: {"succeeded": 1}}

    def other() -> Values:
        return {TAKEN: {"failed": 2}}

    with readings.read_from(one, other):
        assert registry.get_sample_value("taken_total", {"outcome": "succeeded"}) == 1
        assert registry.get_sample_value("taken_total", {"outcome": "failed"}) == 2


def test_nobody_is_read_from_who_is_gone(readings: Readings, registry: CollectorRegistry) -> None:
    with readings.read_from(good):
        with readings.read_from(lambda: {SIZE: 2}):
            assert registry.get_sample_value("size") == 2
        assert registry.get_sample_value("size") == 7
    assert math.isnan(registry.get_sample_value("size") or 0)
