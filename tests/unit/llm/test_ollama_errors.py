from __future__ import annotations

import json
from typing import Any

import httpx
import ollama
import pytest

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
from on_prem_rag.llm.ollama_errors import translate

OVERFLOW = {"type": "exceed_context_size_error", "n_prompt_tokens": 9022, "n_ctx": 512}


def _translated(error: Exception) -> GenerationError:
    return translate(error, model="m", endpoint="http://ollama:11434")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, {"error": "model 'm' not found"}, ModelNotFound),
        (404, {"error": 'model "m" not found, try pulling it first'}, ModelNotFound),
        (404, "404 page not found", ModelFailed),
        (302, "", ModelFailed),
        (503, {"error": "server busy, please try again."}, ModelBusy),
        (400, {"error": '"m" does not support chat'}, ModelFailed),
        (500, {"error": "out of memory"}, ModelFailed),
        (-1, "unexpected EOF", ModelFailed),
        (500, {"error": {"error": {"error": {}}}}, ModelFailed),
        (500, {"error": "[1, 2]"}, ModelFailed),
        (500, {"error": 5}, ModelFailed),
    ],
)
def test_responses(status: int, body: Any, expected: type[GenerationError]) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    assert type(_translated(ollama.ResponseError(text, status))) is expected


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"error": json.dumps({"error": OVERFLOW})}),
        json.dumps({"error": OVERFLOW}),
        json.dumps({"error": json.dumps(OVERFLOW)}),
    ],
)
def test_overflow_however_deep(text: str) -> None:
    error = _translated(ollama.ResponseError(text, 400))
    assert isinstance(error, ContextOverflow)
    assert (error.prompt_tokens, error.num_ctx) == (9022, 512)


def test_long_messages_are_cut() -> None:
    error = _translated(ollama.ResponseError("x" * 10_000, 500))
    assert len(error.message) < 400


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx.ConnectError("refused"), ModelUnreachable),
        (ConnectionError("refused"), ModelUnreachable),
        (httpx.UnsupportedProtocol("ftp"), ModelUnreachable),
        (httpx.ConnectTimeout("late"), GenerationTimeout),
        (httpx.RemoteProtocolError("closed"), ModelFailed),
        (ProtocolViolation("long"), ModelFailed),
        (ValueError("no JSON"), ModelFailed),
        (AttributeError("list has no get"), ModelFailed),
    ],
)
def test_transport(error: Exception, expected: type[GenerationError]) -> None:
    assert type(_translated(error)) is expected
