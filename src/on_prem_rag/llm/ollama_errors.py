"""What Ollama says when it cannot answer, as the appliance's typed errors."""

from __future__ import annotations

import json
from typing import Any

import httpx
import ollama

from on_prem_rag.errors import (
    ContextOverflow,
    GenerationError,
    GenerationTimeout,
    ModelBusy,
    ModelFailed,
    ModelNotFound,
    ModelUnreachable,
)
from on_prem_rag.llm.ollama_client import ProtocolViolation

CLIENT_ERRORS = (
    ollama.ResponseError,
    httpx.HTTPError,
    ConnectionError,
    ProtocolViolation,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
)
"""What the ollama package raises. The last four: it trusts every line to be a JSON object of the
right shape, so lines that are not surface as the errors of the code that reads them."""

_SHOWN = 300


def translate(error: Exception, *, model: str, endpoint: str) -> GenerationError:
    """The typed error for what the ollama package raised while asking ``model``."""
    match error:
        case ollama.ResponseError():
            return _from_response(error, model, endpoint)
        case httpx.ConnectTimeout():
            return GenerationTimeout(f"No connection to {endpoint} in time.", phase="connect")
        case httpx.ConnectError() | httpx.UnsupportedProtocol() | ConnectionError():
            return ModelUnreachable(f"No connection to Ollama at {endpoint}.")
        case httpx.HTTPError():
            return ModelFailed(f"Ollama closed the connection without an answer ({error}).")
        case ProtocolViolation():
            return ModelFailed(f"Ollama's answer breaks its protocol: {error}.")
        case _:
            return ModelFailed(
                "The answer is not Ollama's protocol.",
                hint="Check that OLLAMA_ENDPOINT names an Ollama server, not a proxy or a page.",
            )


def _from_response(error: ollama.ResponseError, model: str, endpoint: str) -> GenerationError:
    message, detail = _unwrap(error.error)
    shown = message[:_SHOWN]
    if detail.get("type") == "exceed_context_size_error":
        return _overflow(shown, detail)
    status = error.status_code
    if status == 404 and "model" in message and "not found" in message:
        return ModelNotFound(f"Ollama has no model {model!r}.")
    if status == 404 or 300 <= status < 400:
        return ModelFailed(
            f"{endpoint} answered {status} instead of an answer.",
            hint="Check that OLLAMA_ENDPOINT names an Ollama server and nothing before it.",
        )
    if status == 503:
        return ModelBusy("Ollama's queue is full.", hint="Try again in a minute.")
    if "does not support" in message:
        return ModelFailed(
            f"The model {model!r} cannot do this: {shown}",
            hint="Choose a model that generates text; `on-prem-rag models` lists what each can do.",
        )
    return ModelFailed(f"Ollama failed: {shown}")


def _overflow(message: str, detail: dict[str, Any]) -> ContextOverflow:
    tokens, context = detail.get("n_prompt_tokens"), detail.get("n_ctx")
    return ContextOverflow(
        message,
        prompt_tokens=tokens if isinstance(tokens, int) else None,
        num_ctx=context if isinstance(context, int) else None,
    )


def _unwrap(error: Any) -> tuple[str, dict[str, Any]]:
    """Message and details of an error that may itself be JSON in a string, nested twice."""
    for _ in range(3):
        if isinstance(error, str):
            try:
                inner = json.loads(error)
            except ValueError:
                break
            if not isinstance(inner, dict):
                break
            error = inner
        if isinstance(error, dict) and "error" in error:
            error = error["error"]
    if isinstance(error, dict):
        return str(error.get("message", error)), error
    return str(error), {}
