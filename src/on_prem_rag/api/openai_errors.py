"""Errors in the shape that OpenAI's clients read, for the routes under ``/v1``."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel

from on_prem_rag.api.responses import error_headers
from on_prem_rag.errors import AppError
from on_prem_rag.monitoring.logging import REQUEST_ID

_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


class OpenAIErrorDetail(BaseModel):
    """What went wrong; ``request_id`` is ours, clients ignore what they do not know."""

    message: str
    type: str
    param: str | None
    code: str
    request_id: str | None


class OpenAIError(BaseModel):
    """Body of an error in OpenAI's form."""

    error: OpenAIErrorDetail


def applies_to(path: str) -> bool:
    """Whether a path belongs to the OpenAI-compatible routes."""
    return path.startswith("/v1/")


def openai_error(error: AppError) -> dict[str, Any]:
    """The body of an error of ours."""
    kind = _TYPES.get(error.status, "server_error" if error.status >= 500 else None)
    detail = OpenAIErrorDetail(
        message=f"{error.message} {error.hint}".strip(),
        type=kind or "invalid_request_error",
        param=None,
        code=error.code,
        request_id=REQUEST_ID.get(),
    )
    return OpenAIError(error=detail).model_dump()


def openai_error_response(error: AppError) -> JSONResponse:
    """The response an error of ours becomes."""
    return JSONResponse(openai_error(error), error.status, headers=error_headers(error))
