from __future__ import annotations

import asyncio

from on_prem_rag.errors import ModelUnreachable
from on_prem_rag.monitoring.health import Health
from on_prem_rag.monitoring.watcher import Watcher


def fails() -> None:
    raise OSError


async def loaded() -> dict[str, float]:
    return {"mistral:7b": 5e9}


async def test_it_remembers_parts_and_models() -> None:
    watcher = Watcher(Health({"database": lambda: None, "ollama": fails}), loaded)
    assert watcher.found == ({}, {})
    await watcher.look()
    assert watcher.found == ({"database": 1, "ollama": 0}, {"mistral:7b": 5e9})


async def test_a_server_that_hangs_or_is_gone_has_no_models_and_delays_nobody() -> None:
    async def hangs() -> dict[str, float]:
        await asyncio.Event().wait()
        raise AssertionError

    async def gone() -> dict[str, float]:
        raise ModelUnreachable("Ollama does not answer.")

    for vram in (hangs, gone):
        watcher = Watcher(Health({"database": lambda: None}), vram)
        async with asyncio.timeout(20):
            await watcher.look()
        assert watcher.found == ({"database": 1}, {})


async def test_what_is_old_counts_no_more() -> None:
    watcher = Watcher(Health({"database": lambda: None}), loaded, stale=0)
    await watcher.look()
    assert watcher.found == ({}, {})
