"""Asks both indexes and collects what they say on one scale each."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import structlog

from on_prem_rag.errors import AppError
from on_prem_rag.index.protocols import Hit, LexicalFilter
from on_prem_rag.llm.protocols import Embedder, FloatVector
from on_prem_rag.monitoring.metrics import EMBEDDING_DURATION
from on_prem_rag.retrieve.catalog import Evidence
from on_prem_rag.retrieve.fluency import fluency
from on_prem_rag.retrieve.fusion import Scores
from on_prem_rag.retrieve.glossary import widened
from on_prem_rag.retrieve.passage import SearchQuery

DEPTH = 100
"""Chunks asked of each index: deeper lists changed no result in the first ten."""
_NAMED_DEPTH = 60
"""Chunks asked of the documents a question names, whatever the rest of the index holds."""

_MOST_NAMED = 8
"""Documents searched by themselves; more than that a question hardly means."""

_Value = TypeVar("_Value")
_log = structlog.get_logger(__name__)


class SearchIndex(Protocol):
    """What retrieval asks of the indexes; each call may raise AppError when its part is down."""

    @property
    def embedder(self) -> Embedder:
        """The embedder of the vectors that are searched."""
        ...

    def search_dense(
        self, query_embedding: FloatVector, collection_ids: Collection[str], limit: int
    ) -> list[Hit]:
        """Nearest chunks of the Collections by cosine, best first."""
        ...

    def score_chunks(self, query_embedding: FloatVector, chunk_ids: Sequence[str]) -> list[Hit]:
        """Cosines of given chunks, best first; those without a vector are left out."""
        ...

    def search_lexical(self, text: str, bounds: LexicalFilter, limit: int) -> list[Hit]:
        """Best chunks by BM25."""
        ...


@dataclass
class Gathered:
    """What the indexes said; ``degraded`` names those that did not answer, times are in ms."""

    scores: Scores
    degraded: tuple[str, ...]
    timings: dict[str, float] = field(default_factory=dict)


class Gatherer:
    """One question's way through both indexes."""

    def __init__(
        self, index: SearchIndex, query: SearchQuery, collection_ids: Collection[str]
    ) -> None:
        self._index = index
        self._query = query
        self._collections = collection_ids
        self._down: list[str] = []
        self._timings: dict[str, float] = {}
        self._embedder: Embedder | None = None
        self._vector: FloatVector | None = None

    def embed(self) -> None:
        """Embed the question, where the strategy asks for it; comes before ``gather``."""
        if self._query.strategy != "lexical":
            self._vector = self._part("embed", self._embed, None)

    def gather(self, evidence: Evidence, bounded: Sequence[str] | None) -> Gathered:
        """Search for the question, and again within the documents that ``evidence`` speaks for.

        ``bounded`` are the only chunks the dense side may return, None for all: its index knows
        Collections only, so documents are searched exactly.
        """
        likely = list(evidence.weights)[:_MOST_NAMED]
        # Where no document is named the collection may be about something else altogether: then
        # the question's own words count double beside what the glossary adds.
        text = widened(self._query.text, own_words=1 if evidence.named else 2)
        lexical: dict[str, float] = {}
        more_lexical: dict[str, float] = {}
        if self._query.strategy != "dense":
            lexical = self._part("lexical", lambda: self._lexical(text, None), {})
            if likely and lexical:
                more_lexical = self._part("lexical", lambda: self._lexical(text, likely), {})
        dense: dict[str, float] = {}
        more_dense: dict[str, float] = {}
        trust = 1.0
        if (vector := self._vector) is not None:
            others = list({**lexical, **more_lexical})
            dense, more_dense, trust = self._part(
                "dense", lambda: self._dense(vector, bounded, others), (dense, more_dense, trust)
            )
        scores = Scores(dense, lexical, more_dense, more_lexical, trust, DEPTH)
        return Gathered(scores, tuple(dict.fromkeys(self._down)), self._timings)

    def _lexical(self, text: str, likely: Sequence[str] | None) -> dict[str, float]:
        query = self._query
        documents = query.document_ids if likely is None else likely
        bounds = LexicalFilter(
            self._collections, documents, query.media_types, query.date_from, query.date_to
        )
        limit = DEPTH if likely is None else _NAMED_DEPTH
        hits = self._index.search_lexical(text, bounds, limit)
        return {hit.chunk_id: hit.score for hit in hits}

    def _embed(self) -> FloatVector:
        self._embedder = self._index.embedder
        with EMBEDDING_DURATION.time():
            return self._embedder.embed_query(self._query.text)

    def _dense(
        self, vector: FloatVector, bounded: Sequence[str] | None, others: Sequence[str]
    ) -> tuple[dict[str, float], dict[str, float], float]:
        if self._index.embedder is not self._embedder:
            vector = self._embed()  # another model's vectors began to serve meanwhile
        if bounded is None:
            hits = self._index.search_dense(vector, self._collections, DEPTH)
        else:
            hits = self._index.score_chunks(vector, bounded)[:DEPTH]
        dense = {hit.chunk_id: hit.score for hit in hits}
        rest = [each for each in others if each not in dense]
        more = {hit.chunk_id: hit.score for hit in self._index.score_chunks(vector, rest)}
        return dense, more, fluency(self._index.embedder, self._query.text)

    def _part(self, name: str, ask: Callable[[], _Value], otherwise: _Value) -> _Value:
        started = time.perf_counter()
        try:
            return ask()
        except AppError as error:
            _log.warning("search_part_down", part=name, code=error.code)
            self._down.append("dense" if name == "embed" else name)
            return otherwise
        finally:
            elapsed = (time.perf_counter() - started) * 1000
            self._timings[name] = self._timings.get(name, 0.0) + elapsed
