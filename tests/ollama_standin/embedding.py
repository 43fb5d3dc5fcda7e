"""/api/embed and the older /api/embeddings: bags of hashed words, so similar texts are near."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from tests.ollama_standin.faults import Step
from tests.ollama_standin.generation import ApiError
from tests.ollama_standin.gojson import JSON, dumps, loads
from tests.ollama_standin.models import StandInModel, count_tokens
from tests.ollama_standin.wire import Exchange

if TYPE_CHECKING:
    from tests.ollama_standin.server import StandIn

_SPECIAL_TOKENS = 2


async def handle(server: StandIn, exchange: Exchange, step: Step | None) -> None:
    """Answer a request to /api/embed."""
    began = time.monotonic_ns()
    body = loads(exchange.request.body, "EmbedRequest", {"model": (str, "string")})
    texts = _texts(body.get("input"))
    model = _model(server, body, step)
    if not texts or texts == [""]:
        exchange.respond(200, dumps({"model": body["model"], "embeddings": []}), JSON)
        return
    if "embedding" not in model.capabilities:
        raise ApiError(501, "This server does not support embeddings. Start it with `--embeddings`")
    if "" in texts:
        raise ApiError(400, "input exceeds maximum context length and cannot be truncated further")
    counts = [count_tokens(text) + _SPECIAL_TOKENS for text in texts]
    if body.get("truncate") is False and max(counts) > model.context_length:
        raise ApiError(400, "the input length exceeds the context length")
    async with server.engine.slot(model, body.get("options") or {}) as load_ns:
        rows = [_floats(embed(t, model, body.get("dimensions"))) for t in texts]
    answer: dict[str, Any] = {
        "model": body["model"],
        "embeddings": _spoiled(rows, step),
        "total_duration": time.monotonic_ns() - began,
        "load_duration": load_ns,
        "prompt_eval_count": sum(min(count, model.context_length - 2) for count in counts),
    }
    if step is not None and step.fault == "no_embeddings":
        del answer["embeddings"]
    data = dumps({name: value for name, value in answer.items() if value != 0})
    if step is not None and step.fault == "cut_body":
        exchange.respond(200, data[:-1], JSON, missing=1)
        exchange.close()
    else:
        exchange.respond(200, data, JSON)


async def handle_legacy(server: StandIn, exchange: Exchange, step: Step | None) -> None:
    """Answer a request to /api/embeddings: one vector, not normalised, in double precision."""
    body = loads(exchange.request.body, "EmbeddingRequest", {"model": (str, "string")})
    model = _model(server, body, step)
    vector = embed(str(body.get("prompt", "")), model, None).astype(np.float64)
    exchange.respond(200, dumps({"embedding": [float(x) for x in vector]}), JSON)


def embed(text: str, model: StandInModel, dimensions: int | None) -> np.ndarray:
    """The L2-normalised vector of ``text``: the sum of one fixed random vector per word."""
    words = re.findall(r"\w+|[^\w\s]", text.lower()) or ["\0"]
    vector = np.sum([_word(word, model.sha256, model.dimensions) for word in words], axis=0)
    if dimensions is not None:
        vector = vector[:dimensions]
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


@lru_cache(maxsize=20_000)
def _word(word: str, digest: str, dimensions: int) -> np.ndarray:
    seed = hashlib.sha256(f"{digest}\n{word}".encode()).digest()[:8]
    return np.random.default_rng(int.from_bytes(seed, "big")).standard_normal(dimensions)


def _floats(vector: np.ndarray) -> list[float]:
    """Single precision in as few digits as identify it, as Go writes a float32."""
    return [float(str(x)) for x in vector]


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ApiError(400, "invalid input type")
    return texts


def _model(server: StandIn, body: dict[str, Any], step: Step | None) -> StandInModel:
    name = body.get("model") or ""
    if not name:
        raise ApiError(404, "model '' not found")
    model = server.find(name)
    if model is None or (step is not None and step.fault == "not_found"):
        raise ApiError(404, f'model "{name}" not found, try pulling it first')
    return model


_SPOILERS: dict[str, Callable[[list[list[float]]], Any]] = {
    "wrong_dimension": lambda rows: [row[:-1] for row in rows],
    "ragged": lambda rows: [*rows[:-1], rows[-1][:-1]],
    "nan": lambda rows: [*rows[:-1], [float("nan"), *rows[-1][1:]]],
    "zero": lambda rows: [*rows[:-1], [0.0] * len(rows[-1])],
    "short_batch": lambda rows: rows[:-1],
    "long_batch": lambda rows: [*rows, rows[-1]],
    "strings": lambda rows: [["a"] * len(row) for row in rows],
}


def _spoiled(rows: list[list[float]], step: Step | None) -> Any:
    spoil = _SPOILERS.get(step.fault) if step is not None else None
    return spoil(rows) if spoil is not None else rows
