"""The stand-in itself, in an event loop of the caller's or in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from typing import Any

from tests.ollama_standin import embedding, generation, management
from tests.ollama_standin.engine import QUEUE_FULL, Engine
from tests.ollama_standin.faults import Script, Step
from tests.ollama_standin.generation import ApiError
from tests.ollama_standin.gojson import JSON, NDJSON, BadRequest, dumps
from tests.ollama_standin.models import StandInModel, default_models, full_name
from tests.ollama_standin.replies import ReplySource, grounded_reply
from tests.ollama_standin.wire import Connection, Exchange, Request

VERSION = "0.33.0-rc2+local"
_TEXT = "text/plain; charset=utf-8"
_PAGE = b"<html><body><h1>Welcome</h1></body></html>"
_MANAGEMENT = {
    ("GET", "/api/tags"): management.tags,
    ("GET", "/api/ps"): management.ps,
    ("POST", "/api/show"): management.show,
    ("POST", "/api/pull"): management.pull,
    ("POST", "/api/create"): management.create,
    ("POST", "/api/copy"): management.copy,
    ("DELETE", "/api/delete"): management.delete,
}
_INFERENCE = ("/api/chat", "/api/generate", "/api/embed", "/api/embeddings")
_PATHS = {path for _, path in _MANAGEMENT} | set(_INFERENCE) | {"/", "/api/version"}


class StandIn:
    """An Ollama server of scripted words. Delays are seconds; ``requests`` records what came."""

    def __init__(
        self,
        models: Iterable[StandInModel] | None = None,
        *,
        reply: ReplySource = grounded_reply,
        token_delay: float = 0.0,
        first_token_delay: float = 0.0,
        num_parallel: int = 256,
        max_queue: int = 512,
        load_seconds: float = 0.0,
    ) -> None:
        installed = default_models() if models is None else models
        self.models = {model.name: model for model in installed}
        self.pullable: dict[str, StandInModel] = {}
        self.reply = reply
        self.token_delay = token_delay
        self.first_token_delay = first_token_delay
        self.thinks_anyway = False
        """As models that ignore ``think: false`` do."""
        self.engine = Engine(num_parallel, max_queue, load_seconds)
        self.steps = Script()
        self.requests: list[Request] = []
        self.connections: set[Connection] = set()
        self.active = 0
        self.port = 0
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def find(self, name: str) -> StandInModel | None:
        """The installed model, with the tag assumed as Ollama does."""
        return self.models.get(full_name(name)) if name else None

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Listen on ``port``; 0 takes a free one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self._handle, self.connections),
            host,
            port or self.port,
            backlog=1024,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the socket and every connection; what still runs is cancelled."""
        if self._server is not None:
            self._server.close()
            for connection in list(self.connections):
                connection.transport.abort()
            await self._server.wait_closed()
            # What was cancelled has not yet run to its end.
            while self.active or self.connections:  # noqa: ASYNC110
                await asyncio.sleep(0)
            self._server = None

    async def _handle(self, request: Request, exchange: Exchange) -> None:
        self.requests.append(request)
        step = self.steps.take(request.path)
        self.active += 1
        try:
            if step is not None and await _whole_response_fault(exchange, step):
                return
            await self._route(request, exchange, step)
        except BadRequest as error:
            exchange.respond(400, dumps({"error": str(error)}), JSON)
        except ApiError as error:
            exchange.respond(error.status, dumps({"error": error.message}), JSON)
        finally:
            self.active -= 1

    async def _route(self, request: Request, exchange: Exchange, step: Step | None) -> None:
        method, path = request.method, request.path
        manage = _MANAGEMENT.get((method, path))
        if manage is not None:
            manage(self, exchange)
        elif path == "/" and method in ("GET", "HEAD"):
            exchange.respond(200, b"Ollama is running", _TEXT)
        elif path == "/api/version" and method in ("GET", "HEAD"):
            exchange.respond(200, dumps({"version": VERSION}), JSON)
        elif path not in _PATHS:
            exchange.respond(404, b"404 page not found", "text/plain")
        elif method != "POST" or path not in _INFERENCE:
            exchange.respond(405, b"405 method not allowed", "text/plain")
        elif path == "/api/embed":
            await embedding.handle(self, exchange, step)
        elif path == "/api/embeddings":
            await embedding.handle_legacy(self, exchange, step)
        else:
            await generation.handle(self, exchange, path.removeprefix("/api/"), step)


_CANNED: dict[str, tuple[int, bytes, str]] = {
    "page_not_found": (404, b"404 page not found", "text/plain"),
    "server_error": (500, dumps({"error": "llama runner process has terminated"}), JSON),
    "bad_gateway": (502, _PAGE, "text/html"),
    "busy": (503, dumps({"error": QUEUE_FULL}), JSON),
    "not_json": (200, _PAGE, "text/html"),
    "empty_200": (200, b"", NDJSON),
    "array_json": (200, b'[{"done":true}]\n', NDJSON),
}


async def _whole_response_fault(exchange: Exchange, step: Step) -> bool:
    """Apply a fault that replaces the response; False when the handler goes on."""
    canned = _CANNED.get(step.fault)
    if canned is not None:
        exchange.respond(*canned)
        return True
    match step.fault:
        case "hang":
            await asyncio.Event().wait()
        case "slow_first_byte":
            await asyncio.sleep(step.seconds)
            return False
        case "slow_headers":
            for byte in b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nX: y" * 100:
                exchange.raw(bytes([byte]))
                await asyncio.sleep(step.seconds)
        case "redirect":
            exchange.redirect(step.text)
        case "reset_first":
            exchange.reset()
        case "close_first":
            exchange.close()
        case "huge_line":
            await _huge_line(exchange, step.after)
        case _:
            return False
    return True


async def _huge_line(exchange: Exchange, mebibytes: int) -> None:
    exchange.start(200, NDJSON)
    exchange.chunk(b'{"model":"m","message":{"role":"assistant","content":"')
    for _ in range(mebibytes * 16):
        exchange.chunk(b"x" * 2**16)
        await asyncio.sleep(0)
    await asyncio.Event().wait()


class ThreadedStandIn:
    """A StandIn in a thread of its own, for tests and programs that are not asynchronous.

    ``url``, ``requests`` and ``standin`` (whose plain attributes such as ``token_delay``, ``reply``
    and ``models`` may be set at any time) are shared; ``script`` queues faults.
    """

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ollama-standin")
        self.standin: StandIn

    def __enter__(self) -> ThreadedStandIn:
        self._thread.start()
        self.standin = self.call(self._make())
        self.call(self.standin.start())
        return self

    def __exit__(self, *exc: object) -> None:
        self.call(self.standin.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.standin.url

    @property
    def requests(self) -> list[Request]:
        """Every request since the start."""
        return self.standin.requests

    def script(self, *steps: Step | str) -> None:
        """Queue faults; a bare name is a fault of /api/chat with its defaults."""
        self.standin.steps.add(*(Step(s) if isinstance(s, str) else s for s in steps))

    def refuse(self) -> None:
        """Stop listening: connections are refused until ``accept``."""
        self.call(self.standin.stop())

    def accept(self) -> None:
        """Listen again on the same port."""
        self.call(self.standin.start())

    def call(self, coroutine: Any) -> Any:
        """Run ``coroutine`` in the stand-in's thread and return its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=30)

    async def _make(self) -> StandIn:
        return StandIn(**self._options)
