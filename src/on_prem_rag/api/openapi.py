"""What the API's document says of every route alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

_QUOTAS = {
    "RateLimit-Policy": {
        "description": "The limits this request was counted to: quota `q` in `w` seconds.",
        "schema": {"type": "string"},
        "example": '"requests";q=60;w=60',
    },
    "RateLimit": {
        "description": "Of each limit what remains, `r`, and in how many seconds there is more, "
        "`t`. Both headers are absent where nothing is limited.",
        "schema": {"type": "string"},
        "example": '"requests";r=42;t=51',
    },
}
_RETRY = {
    "Retry-After": {
        "description": "Seconds after which the request may pass.",
        "schema": {"type": "integer"},
        "example": 51,
    }
}


def document_quotas(app: FastAPI) -> None:
    """Describe the headers that tell of limits, on every answer of the routes that are counted."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            for responses in _counted(plain()):
                for response in responses.values():
                    response["headers"] = {**response.get("headers", {}), **_QUOTAS}
                responses["429"]["headers"].update(_RETRY)
        return plain()

    app.openapi = openapi  # type: ignore[method-assign]


def _counted(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The responses of every operation that may be refused for a limit."""
    for operations in document["paths"].values():
        for operation in operations.values():
            if "429" in operation["responses"]:
                yield operation["responses"]
