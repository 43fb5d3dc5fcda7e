from __future__ import annotations

import asyncio
import threading
import time

from on_prem_rag.errors import ModelUnreachable
from on_prem_rag.monitoring.health import Health


def works() -> None:
    return None


def unreachable() -> None:
    raise ModelUnreachable("Nothing answers.")


async def test_all_parts_working_is_healthy() -> None:
    report = await Health({"database": works, "lexical": works}).report()
    assert report.status == "healthy"
    assert report.ready
    assert report.checks["database"].response_time_ms >= 0


async def test_a_part_that_is_not_vital_degrades_and_says_why() -> None:
    report = await Health({"database": works, "ollama": unreachable}).report()
    assert report.status == "degraded"
    assert report.ready
    assert report.checks["ollama"].status == "unhealthy"
    assert report.checks["ollama"].message == "Nothing answers."


async def test_each_vital_part_down_is_unhealthy_and_not_ready() -> None:
    for vital in ("database", "schema", "lexical"):
        report = await Health({vital: unreachable, "ollama": works}).report()
        assert report.status == "unhealthy"
        assert not report.ready


async def test_an_unexpected_error_shows_its_type_and_not_its_text() -> None:
    def broken() -> None:
        raise ValueError("password=hunter2")

    report = await Health({"ollama": broken}).report()
    assert report.checks["ollama"].message == "ValueError"


async def test_checks_run_side_by_side() -> None:
    barrier = asyncio.Barrier(3)

    async def meet() -> None:
        await barrier.wait()

    report = await Health({"a": meet, "b": meet, "c": meet}).report()
    assert report.status == "healthy"


async def test_a_hanging_check_is_cut_off_and_not_started_twice() -> None:
    release = threading.Event()
    starts: list[int] = []

    def hangs() -> None:
        starts.append(1)
        release.wait(30)

    health = Health({"ollama": hangs, "database": works}, timeout=0.05, ttl=0)
    started = time.monotonic()
    first, second = await health.report(), await health.report()
    assert time.monotonic() - started < 5
    assert first.checks["ollama"].status == second.checks["ollama"].status == "unhealthy"
    assert first.checks["database"].status == "healthy"
    assert len(starts) == 1
    release.set()
    patient = Health({"ollama": hangs}, timeout=10)
    assert (await patient.report()).status == "healthy"


async def test_many_askers_cause_one_run_within_the_ttl() -> None:
    runs: list[int] = []
    health = Health({"database": lambda: runs.append(1)}, ttl=60)
    reports = await asyncio.gather(*(health.report() for _ in range(20)))
    assert len(runs) == 1
    assert len({id(report) for report in reports}) == 1
