"""Server-sent events whose producer runs in a task of its own.

The first event is awaited before the response begins, so that an error raised before it becomes a
proper status. The producer's task is ended with the response, however that one ends.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import structlog
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, ServerSentEvent, format_sse_event
from starlette.types import Receive, Scope, Send

from on_prem_rag.api.responses import error_body
from on_prem_rag.errors import AppError

PING_SECONDS = 15.0
FIRST_SECONDS = 1.0
_QUEUED_EVENTS = 64
_HEADERS = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}

_Item = ServerSentEvent | Exception | None
_Batch = list[ServerSentEvent | None] | None
"""Events that are ready, with None last at the stream's end; None when none came for a while."""

_log = structlog.get_logger(__name__)


class EventStream(EventSourceResponse):
    """Sends what a generator of events yields; make one with ``open_stream``."""

    def __init__(self, pump: _Pump, first: _Batch) -> None:
        super().__init__(_frames(pump, first), headers=_HEADERS)
        self._pump = pump

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream; the generator is closed at its end or when the client goes away."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._pump.close()


async def open_stream(events: AsyncGenerator[ServerSentEvent]) -> EventStream:
    """Start ``events`` and wait a moment for the first. Raises what is raised instead of it."""
    pump = _Pump(events)
    try:
        first = await pump.first()
    except BaseException:
        await pump.close()
        raise
    return EventStream(pump, first)


def event(
    kind: str | None, data: dict[str, Any], *, number: int | str | None = None
) -> ServerSentEvent:
    """An event with a JSON body; ``number`` becomes its id."""
    return ServerSentEvent(
        event=kind,
        raw_data=json.dumps(data, ensure_ascii=False, separators=(",", ":")),
        id=None if number is None else str(number),
    )


class _Pump:
    """Iterates a generator within one task from start to end, a few events ahead of the reader."""

    def __init__(self, events: AsyncGenerator[ServerSentEvent]) -> None:
        self._queue: asyncio.Queue[_Item] = asyncio.Queue(_QUEUED_EVENTS)
        self._task = asyncio.create_task(self._run(events))

    async def _run(self, events: AsyncGenerator[ServerSentEvent]) -> None:
        try:
            async with aclosing(events):
                async for item in events:
                    await self._queue.put(item)
        except Exception as error:  # noqa: BLE001 - handed to the reader, who raises or reports it
            await self._queue.put(error)
        await self._queue.put(None)

    async def first(self) -> _Batch:
        """The first events. Raises what came instead of them."""
        batch = await self._take(FIRST_SECONDS)
        if batch and isinstance(batch[0], Exception):
            raise batch[0]
        return _told(batch)

    async def following(self) -> _Batch:
        """The next events; an error has become one."""
        return _told(await self._take(PING_SECONDS))

    async def _take(self, seconds: float) -> list[_Item] | None:
        try:
            async with asyncio.timeout(seconds):
                items = [await self._queue.get()]
        except TimeoutError:
            return None
        while not self._queue.empty():
            items.append(self._queue.get_nowait())
        return items

    async def close(self) -> None:
        """End the task and wait for it."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def _frames(pump: _Pump, batch: _Batch) -> AsyncIterator[bytes]:
    while batch is None or None not in batch:
        yield b"".join(map(_frame, batch)) if batch else KEEPALIVE_COMMENT
        batch = await pump.following()
    yield b"".join(map(_frame, batch))


def _told(items: list[_Item] | None) -> _Batch:
    if items is None:
        return None
    return [_error_event(item) if isinstance(item, Exception) else item for item in items]


def _error_event(error: Exception) -> ServerSentEvent:
    if not isinstance(error, AppError):
        _log.error("stream_failed", exc_info=error)
        error = AppError("The server failed in the middle of this stream.")
    return event("error", error_body(error.code, error.message, error.hint).model_dump()["error"])


def _frame(item: ServerSentEvent | None) -> bytes:
    if item is None:
        return b""
    return format_sse_event(data_str=item.raw_data, event=item.event, id=item.id, retry=item.retry)


STREAM_CONTENT: dict[str, Any] = {
    "text/event-stream": {
        "itemSchema": {
            "type": "object",
            "properties": {
                "event": {"type": "string"},
                "data": {"type": "string", "description": "JSON."},
                "id": {"type": "string"},
            },
            "required": ["data"],
        }
    }
}
"""How OpenAPI describes a stream of events."""


def stream_docs(description: str) -> dict[int | str, dict[str, Any]]:
    """What a streaming route's documentation says of its success."""
    return {200: {"description": description, "content": STREAM_CONTENT}}
