"""The page: files built from ``src/web``, and one document for every address of its views."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PAGE = Path(__file__).parents[1] / "page"
VIEWS = (
    "/",
    "/c/{conversation_id}",
    "/search",
    "/library",
    "/library/{collection_id}",
    "/documents/{document_id}",
    "/admin",
    "/admin/{section}",
    "/account",
    "/receipts",
    "/receipts/{receipt_id}",
)
"""Addresses that the page answers itself; anything else stays unknown."""

# Narrower than 'self' wherever the page needs nothing; blob: is the page image that was fetched.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    # The name of the files it asks for changes with every build; its own does not.
    "Cache-Control": "no-cache",
}
_ABSENT = (
    "<!doctype html><html lang=en><title>On-Prem RAG</title><h1>The page was not built</h1>"
    "<p>The API is running; its documentation is at <a href=/docs>/docs</a>. "
    "Run <code>scripts/uv sync --reinstall-package on-prem-rag</code> where npm's registry can be "
    "reached, or install a wheel that holds the page.</p></html>"
)


class _BuiltFiles(StaticFiles):
    """Files whose names hold a hash of their content: kept for good by every cache."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)
        # Where the page was not built there is no folder, and no file is found: not an error.
        self.config_checked = True

    async def get_response(self, path: str, scope: Scope) -> Response:
        """As the base class, with a lifetime. Raises HTTPException for what is not there."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def page_is_built(folder: Path = PAGE) -> bool:
    """Whether the page is there to be served."""
    return (folder / "index.html").is_file()


def add_page(app: FastAPI, folder: Path = PAGE) -> None:
    """Serve the page at its views and its files below ``/assets``."""
    document = folder / "index.html"

    async def show() -> Response:
        if not document.is_file():
            return HTMLResponse(_ABSENT, status_code=503)
        return FileResponse(document, headers=_HEADERS, media_type="text/html")

    for view in VIEWS:
        app.add_api_route(view, show, include_in_schema=False, name="page")
    app.mount("/assets", GZipMiddleware(_BuiltFiles(folder / "assets")), name="assets")
