from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from fastapi.sse import ServerSentEvent

from on_prem_rag.api import sse
from on_prem_rag.api.sse import EventStream, event, open_stream
from on_prem_rag.errors import DocumentNotFound


async def body_of(stream: EventStream) -> bytes:
    return b"".join([chunk async for chunk in stream.body_iterator])  # type: ignore[misc]


async def test_events_are_written_in_order_with_their_ids() -> None:
    async def events() -> AsyncGenerator[ServerSentEvent]:
        for number in range(200):
            yield event("token", {"text": f"ü{number}\n"}, number=number)

    body = (await body_of(await open_stream(events()))).decode()
    blocks = body.strip().split("\n\n")
    assert len(blocks) == 200
    assert blocks[7] == 'event: token\ndata: {"text":"ü7\\n"}\nid: 7'


async def test_an_error_before_the_first_event_is_raised() -> None:
    async def events() -> AsyncGenerator[ServerSentEvent]:
        raise DocumentNotFound("There is no such document.")
        yield

    with pytest.raises(DocumentNotFound):
        await open_stream(events())


@pytest.mark.parametrize("error", [DocumentNotFound("gone"), ValueError("secret")])
async def test_a_later_error_becomes_the_last_event(error: Exception) -> None:
    async def events() -> AsyncGenerator[ServerSentEvent]:
        yield event("token", {"text": "a"})
        raise error

    body = (await body_of(await open_stream(events()))).decode()
    first, last = body.strip().split("\n\n")
    assert first.startswith("event: token")
    assert last.startswith("event: error")
    assert "secret" not in body
    assert ("document_not_found" in last) == isinstance(error, DocumentNotFound)


async def test_an_idle_stream_is_kept_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "PING_SECONDS", 0.01)
    monkeypatch.setattr(sse, "FIRST_SECONDS", 0.01)
    released = asyncio.Event()

    async def events() -> AsyncGenerator[ServerSentEvent]:
        await released.wait()
        yield event("done", {})

    stream = await open_stream(events())
    chunks = stream.body_iterator.__aiter__()
    assert await anext(chunks) == b": ping\n\n"
    assert await anext(chunks) == b": ping\n\n"
    released.set()
    rest = b"".join([chunk async for chunk in chunks])  # type: ignore[misc]
    assert rest.replace(b": ping\n\n", b"") == b"event: done\ndata: {}\n\n"


async def test_the_producer_ends_with_its_reader() -> None:
    closed = asyncio.Event()

    async def events() -> AsyncGenerator[ServerSentEvent]:
        try:
            while True:
                yield event("token", {})
                await asyncio.sleep(0)
        finally:
            closed.set()

    stream = await open_stream(events())
    messages = []
    enough = asyncio.Event()

    async def receive() -> dict:
        await enough.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict) -> None:
        messages.append(message)
        if len(messages) == 3:
            enough.set()
        await asyncio.sleep(0)

    before = len(asyncio.all_tasks())
    await stream({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)  # type: ignore[arg-type]
    assert closed.is_set()
    assert len(asyncio.all_tasks()) < before


async def test_a_slow_reader_holds_the_producer_back() -> None:
    made = 0

    async def events() -> AsyncGenerator[ServerSentEvent]:
        nonlocal made
        while True:
            made += 1
            yield event("token", {})

    stream = await open_stream(events())
    for _ in range(100):
        await asyncio.sleep(0)
    assert made < 300
    await stream._pump.close()
