"""Bounds how many requests run at once and for how long; streams are exempt from both."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from on_prem_rag.api.paths import PROBES
from on_prem_rag.api.responses import error_response
from on_prem_rag.errors import RequestTimeout, ServiceUnavailable

_KEY = "on_prem_rag.bounds"


class RequestBounds:
    """Refuses with 503 above ``max_concurrent`` and answers 504 after ``timeout`` seconds.

    A response that has begun is never cut. A route whose work has bounds of its own (an upload, an
    answer) calls ``lift_bounds``.
    """

    def __init__(self, app: ASGIApp, max_concurrent: int, timeout: float) -> None:
        self._app = app
        self._free = max_concurrent
        self._timeout = timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request within its bounds."""
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        if self._free <= 0:
            busy = ServiceUnavailable("The server is busy.", hint="Try again in a few seconds.")
            await error_response(busy)(scope, receive, send)
            return
        lease = _Lease(self)
        scope[_KEY] = lease

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                lease.started = True
                lease.stop_clock()
                if _is_stream(message):
                    lease.release()
            await send(message)

        try:
            async with asyncio.timeout(self._timeout) as lease.clock:
                await self._app(scope, receive, watched)
        except TimeoutError:
            if lease.started or lease.clock is None or not lease.clock.expired():
                raise
            late = RequestTimeout(f"This took longer than {self._timeout:.0f} seconds.")
            await error_response(late)(scope, receive, send)
        finally:
            lease.release()

    def _change(self, by: int) -> None:
        self._free += by


class _Lease:
    """One request's place among those that are counted."""

    def __init__(self, bounds: RequestBounds) -> None:
        self._bounds = bounds
        self._held = True
        self.clock: asyncio.Timeout | None = None
        self.started = False
        bounds._change(-1)

    def release(self) -> None:
        if self._held:
            self._held = False
            self._bounds._change(1)

    def stop_clock(self) -> None:
        if self.clock is not None and not self.clock.expired():
            self.clock.reschedule(None)


def lift_bounds(request: Request) -> None:
    """Take this request out of both bounds; call it from the event loop."""
    lease: _Lease | None = request.scope.get(_KEY)
    if lease is not None:
        lease.stop_clock()
        lease.release()


def _is_stream(message: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in message["headers"]
    )
