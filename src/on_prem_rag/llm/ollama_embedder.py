"""Embedding by an Ollama server over ``/api/embed``."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import httpx
import numpy as np
import ollama

from on_prem_rag.errors import EmbeddingError
from on_prem_rag.llm.ollama_client import AsyncNativeClient
from on_prem_rag.llm.ollama_errors import CLIENT_ERRORS
from on_prem_rag.llm.protocols import FloatMatrix, FloatVector, ModelFingerprint
from on_prem_rag.llm.tokens import estimate_tokens

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_BATCH = 32
_DEFAULT_MAX_TOKENS = 512
_MAX_TOKENS = 8192
"""A longer context would only make the server reserve memory: chunks are far shorter."""
_BLANK = "."
"""Stands for a text without any character: Ollama refuses such a text within a batch."""


class _LoopThread:
    """Runs coroutines for other threads.

    A synchronous HTTP client can only bound single reads, so a server that trickles would hold its
    caller for ever; a coroutine is cancelled as a whole.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="ollama-embedder", daemon=True
        )
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class OllamaEmbedder:
    """An Embedder over one model of an Ollama server.

    ``timeout`` is in seconds for each exchange with the server, one of which is a batch of texts.
    Name, digest and dimensions are read from the server at first use and stay: when the model is
    replaced on the server, every call raises EmbeddingError until a new embedder is built, so no
    vector ever carries a fingerprint that is not its own. A text longer than ``max_tokens`` is cut
    at its end by the server and logged. Vectors are normalised here; zero, NaN or infinite ones,
    and answers with too few or of another length, raise EmbeddingError.
    """

    def __init__(self, endpoint: str, model: str, *, timeout: float = 60.0) -> None:
        self.endpoint = endpoint
        self.model = model
        self._timeout = timeout
        self._client = AsyncNativeClient(endpoint, connect_timeout=min(2.0, timeout))
        self._thread = _LoopThread()
        self._lock = threading.Lock()
        self._known: tuple[ModelFingerprint, int] | None = None
        self._closed = False

    @property
    def fingerprint(self) -> ModelFingerprint:
        """The model behind every vector; asks the server once. Raises EmbeddingError."""
        return self._identify()[0]

    @property
    def max_tokens(self) -> int:
        """Tokens of one text the model reads; asks the server once. Raises EmbeddingError."""
        return self._identify()[1]

    def count_tokens(self, text: str) -> int:
        """An upper estimate; Ollama has no endpoint that counts."""
        return estimate_tokens(text)

    def embed_documents(self, texts: Sequence[str]) -> FloatMatrix:
        """Shape (len(texts), dimensions), float32, rows L2-normalised. Raises EmbeddingError."""
        fingerprint, max_tokens = self._identify()
        self._warn_of_long(texts, max_tokens)
        # Sorted by length, a batch pads little; the order of the caller comes back at the end.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        vectors = np.empty((len(texts), fingerprint.dimensions), dtype=np.float32)
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            batch = [texts[index] for index in rows]
            vectors[rows] = self._embed(batch, fingerprint.dimensions, max_tokens)
        if len(texts) and self._installed()["digest"] != fingerprint.digest:
            raise EmbeddingError(
                f"The embedding model {self.model!r} was replaced on the server.",
                hint="Restart the appliance: it re-embeds with the new model.",
            )
        return vectors

    def embed_query(self, text: str) -> FloatVector:
        """Shape (dimensions,), float32, L2-normalised. Raises EmbeddingError."""
        vector: FloatVector = self.embed_documents([text])[0]
        return vector

    def close(self) -> None:
        """Close connections; a second call does nothing, further work raises EmbeddingError."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._thread.run(self._client.aclose())
                self._thread.stop()

    def _identify(self) -> tuple[ModelFingerprint, int]:
        with self._lock:
            if self._known is None:
                entry = self._installed()
                details = entry.get("details") or {}
                length = details.get("context_length") or _DEFAULT_MAX_TOKENS
                max_tokens = min(int(length), _MAX_TOKENS)
                probe = self._embed([_BLANK], None, max_tokens)
                known = ModelFingerprint(self.model, str(entry["digest"]), probe.shape[1])
                self._known = known, max_tokens
            return self._known

    def _installed(self) -> dict[str, Any]:
        answer = self._ask("GET", "/api/tags")
        for entry in answer.get("models") or []:
            if entry.get("name") in {self.model, f"{self.model}:latest"} and entry.get("digest"):
                return dict(entry)
        raise EmbeddingError(
            f"Ollama at {self.endpoint} has no model {self.model!r}.",
            hint="Load the model into Ollama, or choose another with EMBEDDING_MODEL.",
        )

    def _embed(self, texts: Sequence[str], dimensions: int | None, max_tokens: int) -> FloatMatrix:
        body = {
            "model": self.model,
            "input": [text if text.strip() else _BLANK for text in texts],
            "truncate": True,
            "options": {"num_ctx": max_tokens},
        }
        rows = self._ask("POST", "/api/embed", body).get("embeddings")
        if not isinstance(rows, list) or len(rows) != len(texts):
            found = len(rows) if isinstance(rows, list) else "no"
            raise EmbeddingError(f"Ollama returned {found} vectors for {len(texts)} texts.")
        return _normalised(rows, dimensions)

    def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        if self._closed:
            raise EmbeddingError("The embedder is closed.")
        try:
            answer = self._thread.run(self._exchange(method, path, body))
        except ollama.ResponseError as error:
            message = f"Ollama failed to embed ({error.status_code}): {str(error.error)[:300]}"
            raise EmbeddingError(message) from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise EmbeddingError(f"Ollama at {self.endpoint} did not answer in time.") from error
        except (httpx.HTTPError, ConnectionError) as error:
            message = f"No answer from Ollama at {self.endpoint}."
            raise EmbeddingError(
                message, hint="Start Ollama, or correct OLLAMA_ENDPOINT."
            ) from error
        except CLIENT_ERRORS as error:
            raise EmbeddingError("The answer is not Ollama's protocol.") from error
        if not isinstance(answer, dict):
            raise EmbeddingError("The answer is not Ollama's protocol.")
        return answer

    async def _exchange(self, method: str, path: str, body: Any) -> Any:
        async with asyncio.timeout(self._timeout):
            return await self._client.request_json(method, path, body)

    def _warn_of_long(self, texts: Sequence[str], max_tokens: int) -> None:
        longest = max((self.count_tokens(text) for text in texts), default=0)
        if longest > max_tokens:
            _log.warning(
                "a text of about %d tokens is cut at %d by embedding model %s",
                longest,
                max_tokens,
                self.model,
            )


def _normalised(rows: list[Any], dimensions: int | None) -> FloatMatrix:
    """``rows`` as a float32 matrix with rows of length 1; raises EmbeddingError."""
    try:
        vectors = np.array(rows, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise EmbeddingError("Ollama returned vectors that are not rows of numbers.") from error
    if vectors.ndim != 2 or vectors.shape[1] == 0:
        raise EmbeddingError("Ollama returned vectors that are not rows of numbers.")
    if dimensions is not None and vectors.shape[1] != dimensions:
        raise EmbeddingError(
            f"Ollama returned vectors of {vectors.shape[1]} instead of {dimensions} dimensions."
        )
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(norms).all() or (norms < 1e-12).any():
        raise EmbeddingError("Ollama returned a vector that is zero or not a number.")
    normalised: FloatMatrix = (vectors / norms).astype(np.float32)
    return normalised
