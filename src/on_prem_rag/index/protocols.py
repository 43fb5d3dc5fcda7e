"""What an index must do: the two protocols the projector writes to and the retriever reads from.

Both are projections of SQL: they hold ids, vectors and tokens, never text to show. Every method is
synchronous, thread-safe and idempotent, so a change log may be replayed from any earlier watermark.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from on_prem_rag.llm.protocols import FloatMatrix, FloatVector


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk an index found. ``score`` is the index's own: cosine in [-1, 1], or BM25 >= 0."""

    chunk_id: str
    score: float


class VectorStore(Protocol):
    """Vectors of one model, a set per Collection."""

    def upsert(self, collection_id: str, chunk_ids: Sequence[str], vectors: FloatMatrix) -> None:
        """Store or replace vectors, shape (len(chunk_ids), dimensions)."""
        ...

    def delete(self, collection_id: str, chunk_ids: Sequence[str]) -> None:
        """Remove vectors; unknown ids are ignored."""
        ...

    def drop(self, collection_id: str) -> None:
        """Remove a Collection's vectors whole; an unknown Collection is ignored."""
        ...

    def search(self, collection_id: str, query: FloatVector, limit: int) -> list[Hit]:
        """Nearest chunks by cosine, best first; empty for an unknown Collection."""
        ...

    def count(self, collection_id: str) -> int:
        """Vectors held for a Collection, 0 when unknown."""
        ...

    def close(self) -> None:
        """Release files and memory."""
        ...


@dataclass(frozen=True, slots=True)
class LexicalEntry:
    """One chunk as the lexical index takes it.

    ``body`` is the chunk's text, ``headings`` its heading path, ``title`` the document's title and
    ``name`` its file name with path: fields of their own, so that a match in each can be weighed.
    """

    chunk_id: str
    document_id: str
    collection_id: str
    title: str
    name: str
    headings: str
    body: str
    media_type: str
    date: datetime | None


@dataclass(frozen=True, slots=True)
class LexicalFilter:
    """What a search is bounded to. ``collection_ids`` is always given: it carries the rights."""

    collection_ids: Collection[str]
    document_ids: Collection[str] | None = None
    media_types: Collection[str] | None = None
    date_from: datetime | None = None
    date_to: datetime | None = None


class LexicalIndex(Protocol):
    """Full-text search over every Collection in one index."""

    def apply(
        self,
        upserts: Sequence[LexicalEntry],
        deleted_chunk_ids: Sequence[str],
        watermark: int,
        dropped_collection_ids: Sequence[str] = (),
    ) -> None:
        """Write one batch and its watermark in a single durable commit: removals, then upserts."""
        ...

    def watermark(self) -> int:
        """The last change number committed, 0 for an empty index."""
        ...

    def search(self, query: str, bounds: LexicalFilter, limit: int) -> list[Hit]:
        """Best chunks by BM25. Any text is a valid query: no query syntax is read from it."""
        ...

    def count(self, collection_id: str) -> int:
        """Chunks held for a Collection."""
        ...

    def close(self) -> None:
        """Release files and locks."""
        ...
