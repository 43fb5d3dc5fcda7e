"""What the appliance asks of a model: the two protocols every implementation keeps.

An ``Embedder`` is synchronous and thread-safe: the worker and the query pool call it from threads.
A ``Generator`` is asynchronous: a stream is cancelled by cancelling the task that iterates it.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

FloatMatrix = NDArray[np.float32]
"""Shape (n, dimensions), rows L2-normalised."""
FloatVector = NDArray[np.float32]
"""Shape (dimensions,), L2-normalised."""


@dataclass(frozen=True)
class ModelFingerprint:
    """What makes two vectors comparable: the same name, digest and dimensions."""

    name: str
    digest: str
    dimensions: int

    @property
    def id(self) -> str:
        """A short stable identifier (16 hex digits), the key of the ``embeddings`` table."""
        text = f"{self.name}\n{self.digest}\n{self.dimensions}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class Embedder(Protocol):
    """Turns text into L2-normalised vectors of one fixed model."""

    @property
    def fingerprint(self) -> ModelFingerprint:
        """The model behind every vector this embedder returns."""
        ...

    @property
    def max_tokens(self) -> int:
        """Tokens of one text the model reads; what is longer is cut at its end."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` without special tokens, or an upper estimate of them."""
        ...

    def embed_documents(self, texts: Sequence[str]) -> FloatMatrix:
        """Vectors of ``texts`` in their order. Raises EmbeddingError."""
        ...

    def embed_query(self, text: str) -> FloatVector:
        """The vector of one question. Raises EmbeddingError."""
        ...

    def close(self) -> None:
        """Free sessions and sockets."""
        ...


@dataclass(frozen=True)
class ChatMessage:
    """One turn of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class GenerationRequest:
    """A prompt and the bounds it is answered in; ``num_ctx`` and ``num_predict`` are tokens."""

    messages: tuple[ChatMessage, ...]
    model: str
    num_ctx: int
    num_predict: int
    temperature: float = 0.0


@dataclass(frozen=True)
class TextDelta:
    """A piece of the answer; thinking text never arrives here."""

    text: str


@dataclass(frozen=True)
class GenerationDone:
    """The end of a whole answer. Counts are tokens as the model counted them, 0 when unknown."""

    model: str
    reason: str
    prompt_tokens: int
    completion_tokens: int


GenerationEvent = TextDelta | GenerationDone


@dataclass(frozen=True)
class ModelInfo:
    """A model that is installed and ready to be asked for."""

    name: str
    digest: str
    size_bytes: int
    capabilities: tuple[str, ...]
    context_length: int | None = None
    details: dict[str, Any] | None = None


class Generator(Protocol):
    """Streams an answer to a prompt.

    A stream yields TextDelta and ends with exactly one GenerationDone, or raises a GenerationError:
    an answer without GenerationDone is never whole.
    """

    def stream(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        """Answer ``request``; closing the iterator frees the model's slot."""
        ...

    async def list_models(self) -> list[ModelInfo]:
        """Installed models. Raises ModelUnreachable."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...
