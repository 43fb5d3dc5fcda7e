"""What retrieval asks: both indexes behind one door, each of which may be down for a while."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat
from typing import TYPE_CHECKING

import structlog

from on_prem_rag.errors import AppError, ServiceUnavailable
from on_prem_rag.index.projector import Projector
from on_prem_rag.index.protocols import Hit, LexicalFilter
from on_prem_rag.llm.protocols import Embedder, FloatVector, ModelFingerprint
from on_prem_rag.monitoring.metrics import LEXICAL_SEARCH_TIME, VECTOR_SEARCH_TIME

if TYPE_CHECKING:
    from on_prem_rag.index.dense import DenseGeneration

_log = structlog.get_logger(__name__)
_THREADS = 8
_FAILURES_TO_DISTRUST = 3
_FEW = 4
"""Up to so many Collections are searched one after another: threads would cost more."""


class ServingIndex:
    """Searches the generation that serves. Thread-safe.

    ``embedder_for`` gives the embedder of a model by its name. A part that is down raises
    ServiceUnavailable, and ``degraded`` names it: the other one answers alone.
    """

    def __init__(self, projector: Projector, embedder_for: Callable[[str], Embedder]) -> None:
        self._projector = projector
        self._embedder_for = embedder_for
        self._failures = 0
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="dense-search")

    @property
    def watermark(self) -> int:
        """A version whose change is at or below this number is searchable."""
        return self._projector.watermark

    @property
    def model(self) -> ModelFingerprint | None:
        """The model of the dense generation that serves, None while there is none."""
        live = self._projector.dense.live
        return None if live is None else live.model

    @property
    def embedder(self) -> Embedder:
        """The embedder questions are to be embedded with.

        Raises ServiceUnavailable without a generation or when the model behind the name is another
        one by now, EmbeddingError when it cannot be reached.
        """
        model = self._live().model
        embedder = self._embedder_for(model.name)
        if embedder.fingerprint != model:
            raise ServiceUnavailable(f"The embedding model {model.name} is not the one indexed.")
        return embedder

    @property
    def degraded(self) -> tuple[str, ...]:
        """The parts that do not serve at the moment: ``dense``, ``lexical``."""
        parts = (("dense", self.require_dense), ("lexical", self.require_lexical))
        return tuple(name for name, require in parts if _fails(require))

    def search_dense(
        self, query_embedding: FloatVector, collection_ids: Collection[str], limit: int
    ) -> list[Hit]:
        """Nearest chunks of all the Collections by cosine, best first.

        Raises ServiceUnavailable when the dense index is down or of another model.
        """
        with VECTOR_SEARCH_TIME.time():
            return self._on_live(
                query_embedding,
                lambda live: self._search(live, query_embedding, collection_ids, limit),
            )

    def score_chunks(self, query_embedding: FloatVector, chunk_ids: Sequence[str]) -> list[Hit]:
        """Cosines of given chunks from their stored vectors, best first. Raises as above."""
        return self._on_live(
            query_embedding, lambda live: live.exact.score(query_embedding, chunk_ids)
        )

    def search_lexical(self, text: str, bounds: LexicalFilter, limit: int) -> list[Hit]:
        """Best chunks by BM25. Raises ServiceUnavailable when the index cannot be read."""
        with LEXICAL_SEARCH_TIME.time():
            try:
                return self._projector.lexical.search(text, bounds, limit)
            except (ValueError, OSError) as error:
                raise ServiceUnavailable("The lexical index cannot be searched.") from error

    def require_dense(self) -> None:
        """Raise ServiceUnavailable unless a dense generation serves that follows SQL."""
        self._live()
        if not self._projector.dense.is_trusted:
            raise ServiceUnavailable("The vector index is being rebuilt.")

    def require_lexical(self) -> None:
        """Raise ServiceUnavailable unless the lexical index can be read."""
        try:
            self._projector.lexical.watermark()
        except (ValueError, OSError) as error:
            raise ServiceUnavailable("The lexical index cannot be read.") from error

    def close(self) -> None:
        """Stop the search threads; the projector is closed by its own thread."""
        self._pool.shutdown(cancel_futures=True)

    def _live(self) -> DenseGeneration:
        live = self._projector.dense.live
        if live is None:
            raise ServiceUnavailable("The vector index is being opened or rebuilt.")
        return live

    def _on_live(
        self, query_embedding: FloatVector, search: Callable[[DenseGeneration], list[Hit]]
    ) -> list[Hit]:
        live = self._live()
        while True:
            if query_embedding.shape != (live.model.dimensions,):
                raise ServiceUnavailable("The question was embedded with another model.")
            try:
                hits = search(live)
            except Exception as error:
                # Chroma's errors share no base. One that met a swap is no error: ask the new one.
                current = self._live()
                if current is live:
                    _log.exception("dense_search_failed")
                    self._failures += 1
                    if self._failures >= _FAILURES_TO_DISTRUST:
                        self._projector.dense.distrust()
                        self._failures = 0
                    raise ServiceUnavailable("The vector index cannot be searched.") from error
                live = current
            else:
                self._failures = 0
                return hits

    def _search(
        self,
        live: DenseGeneration,
        query_embedding: FloatVector,
        collection_ids: Collection[str],
        limit: int,
    ) -> list[Hit]:
        spread = map if len(collection_ids) <= _FEW else self._pool.map
        found = spread(live.search, collection_ids, repeat(query_embedding), repeat(limit))
        return sorted(chain.from_iterable(found), key=lambda hit: -hit.score)[:limit]


def _fails(require: Callable[[], None]) -> bool:
    try:
        require()
    except AppError:
        return True
    return False
