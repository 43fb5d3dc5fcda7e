"""Refuses requests whose Host header names another site.

A page elsewhere can point its own name at this machine (DNS rebinding) and then speak to it with
the visitor's browser; the Host header gives it away. An address in figures cannot be rebound.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from on_prem_rag.api.responses import error_response
from on_prem_rag.errors import InvalidInput


class HostNotAllowed(InvalidInput):
    """The Host header is none of ours."""

    code = "host_not_allowed"
    status = 400
    default_hint = "Use the server's own name, or add this one to ALLOWED_HOSTS."


class AllowedHosts:
    """Lets through figures, localhost, this machine's name and what is listed."""

    def __init__(self, app: ASGIApp, allowed: Iterable[str]) -> None:
        self._app = app
        own = {"localhost", socket.gethostname().lower(), socket.getfqdn().lower()}
        self._allowed = own | {name.lower() for name in allowed}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 400 to a foreign name."""
        if scope["type"] == "http" and not self._accepts(Headers(scope=scope).get("host", "")):
            response = error_response(HostNotAllowed("This server does not go by that name."))
            await response(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _accepts(self, header: str) -> bool:
        name = _without_port(header)
        if name in self._allowed or "*" in self._allowed:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def _without_port(header: str) -> str:
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0].lower().rstrip(".")
