"""Asks the parts how they are, again and again, so that a scrape need not wait for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from on_prem_rag.errors import AppError
from on_prem_rag.monitoring.health import Health

_PAUSE_S = 10.0
_PATIENCE_S = 2.0
_STALE_S = 60.0


class Watcher:
    """Remembers the last state of each part, and what Ollama keeps in its graphics memory.

    ``vram`` gives bytes by model. Times are seconds: after ``stale`` what was found counts no more.
    """

    def __init__(
        self,
        health: Health,
        vram: Callable[[], Awaitable[Mapping[str, float]]],
        *,
        stale: float = _STALE_S,
    ) -> None:
        self._health = health
        self._vram = vram
        self._stale = stale
        self._found: tuple[Mapping[str, float], Mapping[str, float]] = ({}, {})
        self._at = 0.0

    @property
    def found(self) -> tuple[Mapping[str, float], Mapping[str, float]]:
        """1 or 0 by part, bytes by model. Both are empty when nobody could say for a while."""
        return self._found if time.monotonic() - self._at < self._stale else ({}, {})

    async def watch(self) -> None:
        """Look every few seconds; runs until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_PAUSE_S)

    async def look(self) -> None:
        """Ask each part once."""
        report, vram = await asyncio.gather(self._health.report(), self._loaded())
        up = {name: float(check.status == "healthy") for name, check in report.checks.items()}
        self._found, self._at = (up, vram), time.monotonic()

    async def _loaded(self) -> Mapping[str, float]:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await self._vram()
        except (TimeoutError, AppError):
            return {}
