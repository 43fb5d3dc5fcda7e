"""The outermost layer: gives each request an id, its headers, its metrics and its one log line."""

from __future__ import annotations

import re
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from on_prem_rag.api.paths import PROBES
from on_prem_rag.api.responses import error_response
from on_prem_rag.errors import AppError
from on_prem_rag.monitoring import metrics
from on_prem_rag.monitoring.logging import REQUEST_ID, USER_ID
from on_prem_rag.monitoring.request_context import begin_request

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_log = structlog.get_logger("http")


class RequestLog:
    """Wraps the whole application; what it lets no exception pass is answered with 500."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send)
        client = scope.get("client")
        begin_request(exchange.request_id, client[0] if client else "local")
        id_token, user_token = REQUEST_ID.set(exchange.request_id), USER_ID.set(None)
        try:
            await self._app(scope, receive, exchange.send)
        except Exception:  # noqa: BLE001 - the process's edge: whatever it is, the server goes on
            _log.exception("request_failed", method=scope["method"], endpoint=endpoint(scope))
            exchange.status = 500
            if not exchange.started:
                failure = AppError("The server failed to answer this request.")
                await error_response(failure)(scope, receive, exchange.send)
        finally:
            exchange.finish()
            REQUEST_ID.reset(id_token)
            USER_ID.reset(user_token)


class _Exchange:
    """One request and its response, as far as they matter to headers, metrics and log."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._began = time.perf_counter()
        self._seconds: float | None = None
        given = Headers(scope=scope).get("x-request-id", "")
        self.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        self.status = 499  # nothing was sent: the client went away first
        self.started = False

    async def send(self, message: Message) -> None:
        """Pass a message on; the first one gets the headers every response has."""
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers["X-Request-ID"] = self.request_id
            if headers.get("content-type", "").startswith("text/event-stream"):
                # A stream lasts as long as its answer; what counts here is when it began.
                self._seconds = time.perf_counter() - self._began
        await self._send(message)

    def finish(self) -> None:
        """Count the request and write its line."""
        total = time.perf_counter() - self._began
        template = endpoint(self._scope)
        method = self._scope["method"] if template != "unmatched" else "other"
        metrics.HTTP_REQUESTS.labels(method, template, str(self.status)).inc()
        seconds = total if self._seconds is None else self._seconds
        metrics.HTTP_REQUEST_DURATION.labels(method, template).observe(seconds)
        write = _log.debug if template in PROBES else _log.info
        write(
            "request",
            method=self._scope["method"],
            endpoint=template,
            status=self.status,
            latency_ms=round(total * 1000, 1),
            user_id=self._scope.get("state", {}).get("user_id"),
        )


def endpoint(scope: Scope) -> str:
    """The template of the matched route, so that ids never become labels."""
    route = scope.get("route")
    return getattr(route, "path", None) or "unmatched"
