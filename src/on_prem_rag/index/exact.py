"""Exact search over the vectors stored in SQL, for Collections too small to deserve an index.

Hundreds of people have a private Collection of a few documents each; a Chroma collection for every
one costs more files and memory than reading its vectors when somebody asks. What was read is kept
in memory, the least recently used going first, until the projector says that it changed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from sqlalchemy import func, select

from on_prem_rag.db.session import Database
from on_prem_rag.documents.models import Chunk, Embedding
from on_prem_rag.index.protocols import Hit
from on_prem_rag.index.truth import chunk_vectors, to_matrix
from on_prem_rag.llm.protocols import FloatMatrix, FloatVector, ModelFingerprint

_CACHE_BYTES = 64 * 1024**2
_CACHE_ENTRIES = 1000


@dataclass(frozen=True, slots=True)
class _Held:
    chunk_ids: list[str]
    vectors: FloatMatrix


class ExactVectorStore:
    """A VectorStore whose truth is the ``embeddings`` table: writing to it only forgets the cache.

    A Collection of more than ``max_vectors`` is not read: it belongs in Chroma, and searching it
    here finds nothing.
    """

    def __init__(
        self,
        database: Database,
        model: ModelFingerprint,
        *,
        max_vectors: int,
        cache_bytes: int = _CACHE_BYTES,
    ) -> None:
        self._database = database
        self._model = model
        self._max_vectors = max_vectors
        self._cache_bytes = cache_bytes
        self._cache: OrderedDict[str, _Held] = OrderedDict()
        self._epoch = 0
        self._lock = Lock()

    def upsert(self, collection_id: str, chunk_ids: Sequence[str], vectors: FloatMatrix) -> None:
        """Take notice of vectors that are in SQL by now."""
        self.forget(collection_id)

    def delete(self, collection_id: str, chunk_ids: Sequence[str]) -> None:
        """Take notice of vectors that are gone from SQL by now."""
        self.forget(collection_id)

    def drop(self, collection_id: str) -> None:
        """Take notice of a Collection that is gone from SQL by now."""
        self.forget(collection_id)

    def search(self, collection_id: str, query: FloatVector, limit: int) -> list[Hit]:
        """Nearest chunks by cosine, best first; empty for an unknown Collection."""
        held = self._read(collection_id)
        if not held.chunk_ids or limit < 1:
            return []
        return _best(held.chunk_ids, held.vectors @ query, limit)

    def count(self, collection_id: str) -> int:
        """Vectors in SQL for a Collection."""
        query = (
            select(func.count())
            .select_from(Chunk)
            .join(Embedding, Embedding.chunk_id == Chunk.id)
            .where(Chunk.collection_id == collection_id, Embedding.model_id == self._model.id)
        )
        with self._database.read() as session:
            return session.scalar(query) or 0

    def score(self, query: FloatVector, chunk_ids: Sequence[str]) -> list[Hit]:
        """Cosines of given chunks, best first; those without a stored vector are left out."""
        with self._database.read() as session:
            found, matrix = chunk_vectors(session, self._model.id, list(dict.fromkeys(chunk_ids)))
        return _best(found, matrix @ query, len(found)) if found else []

    def close(self) -> None:
        """Release memory."""
        with self._lock:
            self._cache.clear()
            self._epoch += 1

    def forget(self, collection_id: str) -> None:
        """Read the Collection anew when it is next searched."""
        with self._lock:
            self._cache.pop(collection_id, None)
            self._epoch += 1

    def _read(self, collection_id: str) -> _Held:
        with self._lock:
            held = self._cache.get(collection_id)
            if held is not None:
                self._cache.move_to_end(collection_id)
                return held
            epoch = self._epoch
        query = (
            select(Chunk.id, Embedding.vector)
            .join(Embedding, Embedding.chunk_id == Chunk.id)
            .where(Chunk.collection_id == collection_id, Embedding.model_id == self._model.id)
            .limit(self._max_vectors + 1)
        )
        with self._database.read() as session:
            rows = [(row[0], row[1]) for row in session.execute(query)]
        if len(rows) > self._max_vectors:
            rows = []
        held = _Held([row[0] for row in rows], to_matrix([row[1] for row in rows]))
        with self._lock:
            # What changed while it was read must be read again next time.
            if epoch == self._epoch:
                self._cache[collection_id] = held
                self._evict()
        return held

    def _evict(self) -> None:
        size = sum(held.vectors.nbytes for held in self._cache.values())
        while len(self._cache) > 1 and (
            size > self._cache_bytes or len(self._cache) > _CACHE_ENTRIES
        ):
            _, oldest = self._cache.popitem(last=False)
            size -= oldest.vectors.nbytes


def _best(chunk_ids: Sequence[str], scores: FloatVector, limit: int) -> list[Hit]:
    count = min(limit, len(chunk_ids))
    if count == 0:
        return []
    top = np.argpartition(-scores, count - 1)[:count]
    ordered = top[np.argsort(-scores[top], kind="stable")]
    return [Hit(chunk_ids[row], float(scores[row])) for row in ordered]
