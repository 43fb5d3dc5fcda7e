"""Swagger UI and ReDoc from files on this machine."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import fastapi_offline
from fastapi import FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

_FILES = "/docs-files"
_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def add_docs(app: FastAPI) -> None:
    """Serve ``/docs`` and ``/redoc``, each allowed to run its own scripts and nothing else."""
    directory = Path(fastapi_offline.__file__).parent / "static"
    app.mount(_FILES, StaticFiles(directory=directory), name="docs-files")
    swagger = get_swagger_ui_html(
        openapi_url=app.openapi_url or "",
        title=app.title,
        swagger_js_url=f"{_FILES}/swagger-ui-bundle.js",
        swagger_css_url=f"{_FILES}/swagger-ui.css",
        swagger_favicon_url=f"{_FILES}/favicon.png",
        oauth2_redirect_url=None,
    )
    redoc = get_redoc_html(
        openapi_url=app.openapi_url or "",
        title=app.title,
        redoc_js_url=f"{_FILES}/redoc.standalone.js",
        redoc_favicon_url=f"{_FILES}/favicon.png",
        with_google_fonts=False,
    )
    for path, page in (("/docs", swagger), ("/redoc", redoc)):
        page.headers["Content-Security-Policy"] = _policy(bytes(page.body))
        _add_page(app, path, page)


def _add_page(app: FastAPI, path: str, page: HTMLResponse) -> None:
    async def show() -> HTMLResponse:
        return HTMLResponse(page.body, headers=dict(page.headers))

    app.add_api_route(path, show, include_in_schema=False, name=path.strip("/"))


def _policy(html: bytes) -> str:
    """Scripts of this server, and exactly the inline ones the page came with."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
        for script in _SCRIPT.findall(html)
    )
    return (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:; "
        "frame-ancestors 'none'"
    )
