"""Turns whatever a route raises into the one error shape."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from on_prem_rag.api import openai_errors
from on_prem_rag.api.responses import error_response, phrase_of, wire_error
from on_prem_rag.errors import (
    AppError,
    InvalidInput,
    NotFound,
    PayloadTooLarge,
    ServiceUnavailable,
)

_SECRET_FIELDS = ("password", "token", "secret")
_SHORTAGES = {
    errno.ENOSPC: "The server's disk is full.",
    errno.EDQUOT: "The server's disk is full.",
    errno.EROFS: "The server's disk cannot be written to.",
    errno.EIO: "The server's disk fails.",
    errno.EMFILE: "The server has too many files open.",
    errno.ENFILE: "The server has too many files open.",
}
_log = structlog.get_logger(__name__)


def add_exception_handlers(app: FastAPI) -> None:
    """Register a handler for each kind; the rest is caught by the outermost middleware."""
    app.add_exception_handler(AppError, _on_app_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    for kind in (OperationalError, InterfaceError, PoolTimeout):
        app.add_exception_handler(kind, _on_database_away)
    app.add_exception_handler(OSError, _on_shortage)


async def _on_app_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AppError)  # noqa: S101 - what it was registered for
    return _respond(request, error)


async def _on_validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    return _respond(request, InvalidInput(describe_validation(error.errors())))


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    response = _respond(request, _translate(error))
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


async def _on_database_away(request: Request, error: Exception) -> JSONResponse:
    _log.error("database_away", error_type=type(error).__name__, exc_info=error)
    full = any(words in str(error) for words in ("disk is full", "No space left on device"))
    if full:
        # Whoever asks again is answered: what has to be recorded has room.
        request.app.state.appliance.reserve.release()
    message = _SHORTAGES[errno.ENOSPC] if full else "The database cannot be used at the moment."
    return _respond(request, ServiceUnavailable(message))


async def _on_shortage(request: Request, error: Exception) -> JSONResponse:
    """What the machine lacks for a while; any other OSError is a failure of ours."""
    message = _SHORTAGES.get(error.errno or 0) if isinstance(error, OSError) else None
    if message is None:
        raise error
    _log.error("shortage", error=str(error))
    hint = "Tell an administrator; nothing that was taken in is lost. Try again later."
    return _respond(request, ServiceUnavailable(message, hint=hint))


def _respond(request: Request, error: AppError) -> JSONResponse:
    if openai_errors.applies_to(request.url.path):
        return openai_errors.openai_error_response(error)
    return error_response(error)


def _translate(error: HTTPException) -> AppError:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return NotFound("There is nothing at this address.", hint="See /docs for what there is.")
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return PayloadTooLarge("The request's body is too large.")
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return InvalidInput("The body cannot be read.", hint="Send JSON in UTF-8.")
    phrase = phrase_of(error.status_code)
    code = phrase.lower().replace(" ", "_")
    return wire_error(code, error.status_code, f"{phrase}.", "See /docs for how to call this.")


def describe_validation(errors: Sequence[Any]) -> str:
    """Say which fields are wrong and why, without repeating what was sent."""
    parts = []
    for error in errors[:3]:
        location = [str(part) for part in error["loc"] if part not in ("body", "query", "path")]
        name = ".".join(location) or "The body"
        if error["type"] == "json_invalid":
            parts.append("The body is not valid JSON")
        elif any(word in name.lower() for word in _SECRET_FIELDS):
            parts.append(f"{name}: not acceptable")
        else:
            parts.append(f"{name}: {error['msg']}")
    return "; ".join(parts) + "."
