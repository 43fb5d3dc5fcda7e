"""The one shape every error takes on the wire."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from on_prem_rag.errors import AppError, TooManyRequests
from on_prem_rag.monitoring.logging import REQUEST_ID

_PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}
"""As RFC 9110 has them; Python before 3.13 says otherwise."""


class ErrorDetail(BaseModel):
    """What went wrong and what to do about it."""

    code: str = Field(description="Stable name of the error.", examples=["document_not_found"])
    message: str = Field(examples=["There is no such document."])
    hint: str = Field(description="What to do about it.", examples=["Check the identifier."])
    request_id: str | None = Field(description="Find the request by it in the server's log.")


class ErrorBody(BaseModel):
    """Body of every response with a status of 400 or above."""

    error: ErrorDetail


def error_body(code: str, message: str, hint: str) -> ErrorBody:
    """The body of an error of the current request."""
    detail = ErrorDetail(code=code, message=message, hint=hint, request_id=REQUEST_ID.get())
    return ErrorBody(error=detail)


def error_headers(error: AppError) -> dict[str, str]:
    """Headers that belong to an error."""
    if isinstance(error, TooManyRequests):
        return {"Retry-After": str(error.retry_after)}
    if error.status == 401:
        return {"WWW-Authenticate": "Bearer"}
    if error.status == 503:
        return {"Retry-After": "5"}
    return {}


def error_response(error: AppError) -> JSONResponse:
    """The response an error of ours becomes."""
    body = error_body(error.code, error.message, error.hint)
    return JSONResponse(body.model_dump(), error.status, headers=error_headers(error))


def wire_error(code: str, status: int, message: str, hint: str) -> AppError:
    """An error that is known only by what goes out on the wire."""
    kind = type("WireError", (AppError,), {"code": code, "status": status})
    error: AppError = kind(message, hint=hint)
    return error


def status_of(code: str) -> int:
    """The HTTP status of the error with this code, 500 when no class has it."""
    kinds = [AppError]
    for kind in kinds:
        if kind.code == code:
            return kind.status
        kinds.extend(kind.__subclasses__())
    return 500


def phrase_of(status: int) -> str:
    """The name of an HTTP status, the same on every Python."""
    return _PHRASES.get(status) or HTTPStatus(status).phrase


def error_examples(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route's documentation says of its errors."""
    return {status: {"model": ErrorBody, "description": phrase_of(status)} for status in statuses}


SIGNED_IN = error_examples(401, 403, 422, 429, 503)
"""Errors of every route that needs a token."""
PUBLIC = error_examples(422, 429, 503)
"""Errors of every route that needs none."""
