from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.requests import Request

from on_prem_rag.api.middleware.bounds import RequestBounds, lift_bounds


class Caller:
    """Runs requests through the middleware and keeps what came back."""

    def __init__(self, app: Any, **bounds: Any) -> None:
        self.bounds = RequestBounds(app, **bounds)

    async def get(self, path: str = "/") -> tuple[int, bytes]:
        sent: list[dict] = []

        async def receive() -> dict:
            await asyncio.Event().wait()
            return {}

        async def send(message: dict) -> None:
            sent.append(message)

        await self.bounds({"type": "http", "path": path, "headers": []}, receive, send)
        body = b"".join(m.get("body", b"") for m in sent)
        return sent[0]["status"], body


async def answer(send: Any, kind: bytes = b"text/plain") -> None:
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]}
    await send(start)
    await send({"type": "http.response.body", "body": b"x"})


async def test_no_more_run_at_once_than_allowed() -> None:
    release = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await release.wait()
        await answer(send)

    caller = Caller(app, max_concurrent=2, timeout=30)
    running = [asyncio.create_task(caller.get()) for _ in range(2)]
    await asyncio.sleep(0)
    status, body = await caller.get()
    assert status == 503
    assert json.loads(body)["error"]["code"] == "service_unavailable"
    release.set()
    assert [status for status, _ in await asyncio.gather(*running)] == [200, 200]
    assert (await caller.get())[0] == 200


async def test_probes_are_never_refused() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answer(send)

    assert (await Caller(app, max_concurrent=0, timeout=30).get("/health"))[0] == 200


async def test_what_takes_too_long_is_cut() -> None:
    cancelled = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    caller = Caller(app, max_concurrent=1, timeout=0.01)
    status, body = await caller.get()
    assert status == 504
    assert json.loads(body)["error"]["code"] == "request_timeout"
    assert cancelled.is_set()
    assert (await caller.get())[0] == 504  # and its place was given back


async def test_a_response_that_began_is_not_cut() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(0.05)
        await send({"type": "http.response.body", "body": b"whole"})

    assert await Caller(app, max_concurrent=1, timeout=0.01).get() == (200, b"whole")


async def test_streams_and_lifted_requests_do_not_count() -> None:
    release = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/lifted":
            lift_bounds(Request(scope))
            await release.wait()
            await answer(send)
        elif scope["path"] == "/stream":
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": [(b"content-type", b"text/event-stream; charset=utf-8")],
                }
            )
            await release.wait()
            await send({"type": "http.response.body", "body": b""})
        else:
            await answer(send)

    caller = Caller(app, max_concurrent=1, timeout=0.05)
    running = [asyncio.create_task(caller.get(path)) for path in ("/lifted", "/stream")]
    await asyncio.sleep(0.1)
    assert (await caller.get())[0] == 200
    release.set()
    assert [status for status, _ in await asyncio.gather(*running)] == [200, 200]
    assert (await caller.get())[0] == 200


async def test_a_timeout_of_the_application_itself_is_not_ours() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise TimeoutError

    try:
        await Caller(app, max_concurrent=1, timeout=30).get()
    except TimeoutError:
        return
    raise AssertionError("the error was hidden")
