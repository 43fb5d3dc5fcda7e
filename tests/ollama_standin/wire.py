"""HTTP/1.1 on a bare asyncio protocol: the headers and chunks are exactly those written here."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

Handler = Callable[["Request", "Exchange"], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    """One request with its whole body."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Exchange:
    """Writes one response; chunked unless ``respond`` is used."""

    def __init__(self, transport: asyncio.Transport, request: Request) -> None:
        self.request = request
        self.started = False
        self._transport = transport

    def respond(
        self, status: int, body: bytes = b"", content_type: str | None = None, missing: int = 0
    ) -> None:
        """A response of known length; ``missing`` bytes more are announced and never come."""
        self._head(status, content_type, f"Content-Length: {len(body) + missing}")
        if self.request.method != "HEAD":
            self.raw(body)

    def start(self, status: int, content_type: str) -> None:
        """Headers of a chunked response."""
        self._head(status, content_type, "Transfer-Encoding: chunked")

    def chunk(self, data: bytes) -> None:
        """One chunk."""
        self.raw(b"%x\r\n%b\r\n" % (len(data), data))

    def end(self) -> None:
        """The end of a chunked response."""
        self.raw(b"0\r\n\r\n")

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self._transport.write(data)

    def redirect(self, location: str) -> None:
        """A 307 to ``location``."""
        self.started = True
        self.raw(
            f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {location}\r\n"
            "Content-Length: 0\r\n\r\n".encode()
        )

    def close(self) -> None:
        """Close after what was written, in order."""
        self._transport.close()

    def reset(self) -> None:
        """Cut the connection with a TCP reset."""
        sock: socket.socket = self._transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def _head(self, status: int, content_type: str | None, framing: str) -> None:
        self.started = True
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        if content_type is not None:
            lines.append(f"Content-Type: {content_type}")
        lines += [f"Date: {formatdate(usegmt=True)}", framing, "", ""]
        self.raw("\r\n".join(lines).encode())


class Connection(asyncio.Protocol):
    """One client connection; its request is cancelled as soon as the client goes away."""

    def __init__(self, handler: Handler, open_connections: set[Connection]) -> None:
        self._handler = handler
        self._open = open_connections
        self._buffer = b""
        self._task: asyncio.Task[None] | None = None
        self.transport: asyncio.Transport

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self)
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._take_request()

    def _take_request(self) -> None:
        if self._task is not None and not self._task.done():
            return
        request = self._parse()
        if request is not None:
            exchange = Exchange(self.transport, request)
            self._task = asyncio.get_running_loop().create_task(self._serve(request, exchange))

    async def _serve(self, request: Request, exchange: Exchange) -> None:
        await self._handler(request, exchange)
        if request.headers.get("connection", "").lower() == "close":
            self.transport.close()
        asyncio.get_running_loop().call_soon(self._take_request)

    def _parse(self) -> Request | None:
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return None
        self._buffer = rest[length:]
        method, target, _ = first.split(" ", 2)
        return Request(method, target.partition("?")[0], headers, rest[:length])
