"""Tells with every answer what is left of the limits that it was counted to."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from on_prem_rag.api.quotas import quota_headers


class QuotaHeaders:
    """Adds RateLimit-Policy and RateLimit to answers, refusals among them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(quota_headers(scope))
            await send(message)

        await self._app(scope, receive, told)
