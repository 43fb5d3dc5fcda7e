"""What retrieval is asked and what it returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Strategy = Literal["hybrid", "dense", "lexical"]


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A question and its bounds; ``collection_ids`` None means all the caller may read."""

    text: str
    top_k: int = 10
    strategy: Strategy = "hybrid"
    collection_ids: tuple[str, ...] | None = None
    document_ids: tuple[str, ...] | None = None
    media_types: tuple[str, ...] | None = None
    date_from: datetime | None = None
    date_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document: one chunk, or neighbours joined (``chunk_ids`` in reading order).

    ``score`` is the fused score in [0, 1]; ``dense_score`` a cosine and ``lexical_score`` a BM25
    value, None where that index did not find it. ``boxes`` are ``(page, x0, y0, x1, y1)`` in
    points, top-left origin; pages start at 1.
    """

    chunk_ids: tuple[str, ...]
    collection_id: str
    document_id: str
    version_id: str
    document_name: str
    title: str
    media_type: str
    heading_path: tuple[str, ...]
    text: str
    kind: str
    page_start: int | None
    page_end: int | None
    boxes: tuple[tuple[float, ...], ...]
    score: float
    dense_score: float | None = None
    lexical_score: float | None = None
    document_date: datetime | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Passages, best first.

    ``confidence`` in [0, 1] is the calibrated chance that the passages hold the answer;
    ``degraded`` names parts that did not answer (``dense``, ``lexical``); ``timings`` are
    milliseconds a stage.
    """

    passages: tuple[Passage, ...]
    confidence: float
    degraded: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
