"""The ollama package's client, narrowed to what an air-gapped appliance may do.

No proxy, no ``.netrc``, no API key from the environment, no redirect; lines are bounded.
``/api/chat`` gets the fields the package's own ``chat`` has no parameters for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import httpx
import ollama
from ollama import ChatResponse

MAX_LINE_BYTES = 4 * 2**20
"""A streamed line holds one token; the longest line is a body of 32 embeddings, under 2 MiB."""

# httpx ends lines at U+0085 too, which JSON may carry unescaped and Go does not escape.
_NEXT_LINE = "\u0085".encode()
_NEXT_LINE_ESCAPED = b"\\u0085"


class ProtocolViolation(Exception):
    """The server sends more than any Ollama would."""


class _LineGuard:
    """Bounds the bytes between two line feeds and hides U+0085 from httpx's line splitting."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._length = 0
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        chunk = self._held + chunk
        self._held = chunk[-1:] if chunk.endswith(_NEXT_LINE[:1]) else b""
        chunk = chunk[: len(chunk) - len(self._held)].replace(_NEXT_LINE, _NEXT_LINE_ESCAPED)
        last = chunk.rfind(b"\n")
        self._length = self._length + len(chunk) if last < 0 else len(chunk) - last - 1
        if self._length > self._limit:
            raise ProtocolViolation(f"a line is longer than {self._limit} bytes")
        return chunk


class _GuardedStream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        guard = _LineGuard(MAX_LINE_BYTES)
        async for chunk in self._stream:
            yield guard.feed(chunk)

    async def aclose(self) -> None:
        await self._stream.aclose()


class _GuardedAsyncTransport(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        response.stream = _GuardedStream(cast(httpx.AsyncByteStream, response.stream))
        return response


class AsyncNativeClient(ollama.AsyncClient):
    """One server's native API. ``connect_timeout`` in seconds; all other waits are the caller's."""

    def __init__(self, endpoint: str, *, connect_timeout: float) -> None:
        # How many answers run at once is the generation queue's to bound; a kept connection saves
        # the next answer the milliseconds of a handshake.
        limits = httpx.Limits(
            max_connections=None, max_keepalive_connections=64, keepalive_expiry=60.0
        )
        super().__init__(
            endpoint,
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(None, connect=connect_timeout),
            transport=_GuardedAsyncTransport(limits=limits, trust_env=False),
        )
        self._client.headers.pop("authorization", None)

    async def chat_lines(self, payload: Mapping[str, Any]) -> AsyncIterator[ChatResponse]:
        """The lines of ``POST /api/chat``; the request is sent by the first step of iteration."""
        return await self._request(ChatResponse, "POST", "/api/chat", json=payload, stream=True)

    async def request_json(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded body of one exchange; keys the package's types lack stay in it."""
        response = await self._request_raw(method, path, json=body)  # type: ignore[no-untyped-call]
        return response.json()

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.aclose()
