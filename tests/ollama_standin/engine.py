"""Loading, unloading and the queue in front of the engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.ollama_standin.generation import ApiError
from tests.ollama_standin.gojson import timestamp
from tests.ollama_standin.models import StandInModel

QUEUE_FULL = "server busy, please try again.  maximum pending requests exceeded"
_KEEP_ALIVE_S = 300
_DEFAULT_NUM_CTX = 4096


@dataclass
class _Loaded:
    model: StandInModel
    num_ctx: int


class Engine:
    """``num_parallel`` requests run at once; the rest wait without bound once a model is loaded.

    Only while a model loads are more than ``max_queue`` pending requests refused with 503.
    """

    def __init__(self, num_parallel: int, max_queue: int, load_seconds: float) -> None:
        self.max_queue = max_queue
        self.load_seconds = load_seconds
        self.running = 0
        self._slots = asyncio.Semaphore(num_parallel)
        self._loaded: dict[str, _Loaded] = {}
        self._loading = asyncio.Lock()
        self._pending = 0

    def load(self, model: StandInModel, options: dict[str, Any]) -> None:
        """Put a model in memory."""
        num_ctx = min(options.get("num_ctx", _DEFAULT_NUM_CTX), model.context_length)
        self._loaded[model.name] = _Loaded(model, num_ctx)

    def unload(self, model: StandInModel, options: dict[str, Any]) -> None:
        """Take a model out of memory."""
        self._loaded.pop(model.name, None)

    def listing(self) -> list[dict[str, Any]]:
        """The entries of ``/api/ps``."""
        expires = timestamp(time.time_ns() + _KEEP_ALIVE_S * 10**9)
        return [
            {
                "name": entry.model.name,
                "model": entry.model.name,
                "size": entry.model.size * 13,
                "digest": entry.model.sha256,
                "details": entry.model.details(),
                "expires_at": expires,
                "size_vram": 0,
                "context_length": entry.num_ctx,
            }
            for entry in self._loaded.values()
        ]

    @asynccontextmanager
    async def slot(self, model: StandInModel, options: dict[str, Any]) -> AsyncIterator[int]:
        """Hold the engine for one request; gives the nanoseconds spent loading."""
        began = time.monotonic_ns()
        if model.name not in self._loaded:
            await self._load_once(model, options)
        async with self._slots:
            self.running += 1
            try:
                yield max(1000, time.monotonic_ns() - began)
            finally:
                self.running -= 1

    async def _load_once(self, model: StandInModel, options: dict[str, Any]) -> None:
        if self._pending >= self.max_queue:
            raise ApiError(503, QUEUE_FULL)
        self._pending += 1
        try:
            async with self._loading:
                if model.name not in self._loaded:
                    await asyncio.sleep(self.load_seconds)
                    self.load(model, options)
        finally:
            self._pending -= 1
