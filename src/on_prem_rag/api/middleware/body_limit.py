"""Caps a request's body while it streams in, whatever Content-Length claims."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import error_response
from on_prem_rag.errors import PayloadTooLarge

MAX_OTHER_BYTES = 2 * 1024**2
"""Any body but an upload: the longest question with its history is far below."""
MULTIPART_SLACK = 64 * 1024
"""What boundaries, part headers and small fields may add to a file."""
_UPLOADS = re.compile(rf"{API}/collections/[^/]+/documents")
"""The one route that takes files, and reads them piece by piece; the others hold all of a body."""


class BodyLimit:
    """Uploads may hold ``max_upload_bytes``, all other bodies two megabytes."""

    def __init__(self, app: ASGIApp, max_upload_bytes: int) -> None:
        self._app = app
        self._max_upload_bytes = max_upload_bytes + MULTIPART_SLACK

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 at once when the length is announced, else when the cap is passed."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        upload = scope["method"] == "POST" and _UPLOADS.fullmatch(scope["path"])
        cap = self._max_upload_bytes if upload else MAX_OTHER_BYTES
        announced = headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > cap:
            too_large = PayloadTooLarge(f"This is larger than {cap / 1024**2:.0f} MB.")
            await error_response(too_large)(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > cap:
                    raise HTTPException(413)
            return message

        await self._app(scope, counted, send)
