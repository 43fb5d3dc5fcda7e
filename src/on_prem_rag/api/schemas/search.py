"""Bodies of searching, and the bounds that answers share with it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import ConfigDict, Field

from on_prem_rag.answer.bounds import Bounds
from on_prem_rag.api.schemas.base import Input, Moment, Output
from on_prem_rag.retrieve.passage import Passage

Strategy = Literal["hybrid", "dense", "lexical"]
MAX_QUESTION = 4000


class SearchBounds(Input):
    """What a search is bounded to; what is left out does not bound it."""

    collection_ids: list[str] | None = Field(default=None, max_length=500)
    document_ids: list[str] | None = Field(default=None, max_length=500)
    media_types: list[str] | None = Field(default=None, max_length=50)
    date_from: Moment | None = None
    date_to: Moment | None = None
    strategy: Strategy | None = None
    top_k: int | None = Field(default=None, ge=1, le=100)

    def bounds(self) -> Bounds:
        """As the services take them."""
        return Bounds(
            collection_ids=_tuple(self.collection_ids),
            document_ids=_tuple(self.document_ids),
            media_types=_tuple(self.media_types),
            date_from=self.date_from,
            date_to=self.date_to,
            strategy=self.strategy,
            top_k=self.top_k,
        )


class SearchRequest(SearchBounds):
    """A question to find passages for."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"query": "notice period of the lease", "top_k": 5}]}
    )

    query: str = Field(min_length=1, max_length=MAX_QUESTION)


class PassageBody(Output):
    """A passage with where it stands and how well it matched.

    ``score`` is the fused one in [0, 1]; ``dense_score`` is a cosine and ``lexical_score`` a BM25
    value, null where that index did not find it. ``boxes`` are [page, x0, y0, x1, y1] in points.
    """

    chunk_ids: list[str]
    collection_id: str
    document_id: str
    version_id: str
    document_name: str
    title: str
    media_type: str
    heading_path: list[str]
    text: str
    kind: str
    page_start: int | None
    page_end: int | None
    boxes: list[list[float]]
    score: float
    dense_score: float | None
    lexical_score: float | None
    document_date: datetime | None

    @classmethod
    def of(cls, passage: Passage) -> Self:
        """From the retriever's passage."""
        return cls.model_validate(passage)


class SearchResponse(Output):
    """Passages, best first."""

    passages: list[PassageBody]
    confidence: float = Field(description="Chance in [0, 1] that they hold the answer.")
    degraded: list[str] = Field(description="Parts of the search that did not answer.")
    timings: dict[str, float] = Field(description="Milliseconds a stage.")


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
