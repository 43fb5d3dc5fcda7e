"""What an answer is bounded to: the filters of the search and how it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from on_prem_rag.retrieve.passage import SearchQuery, Strategy


@dataclass(frozen=True, slots=True)
class Bounds:
    """Filters of the search behind an answer; None means everything the caller may read.

    ``strategy`` and ``top_k`` None mean the settings'.
    """

    collection_ids: tuple[str, ...] | None = None
    document_ids: tuple[str, ...] | None = None
    media_types: tuple[str, ...] | None = None
    date_from: datetime | None = None
    date_to: datetime | None = None
    strategy: Strategy | None = None
    top_k: int | None = None

    def query(self, text: str, *, strategy: Strategy, top_k: int) -> SearchQuery:
        """The search for ``text`` within these bounds, with the given defaults."""
        return SearchQuery(
            text=text,
            top_k=self.top_k or top_k,
            strategy=self.strategy or strategy,
            collection_ids=self.collection_ids,
            document_ids=self.document_ids,
            media_types=self.media_types,
            date_from=self.date_from,
            date_to=self.date_to,
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON form of what is set, as stored with the question."""
        lists = {
            name: list(value)
            for name in ("collection_ids", "document_ids", "media_types")
            if (value := getattr(self, name)) is not None
        }
        dates = {
            name: value.isoformat()
            for name in ("date_from", "date_to")
            if (value := getattr(self, name)) is not None
        }
        plain = {
            name: value
            for name in ("strategy", "top_k")
            if (value := getattr(self, name)) is not None
        }
        return {**lists, **dates, **plain}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Bounds:
        """The bounds stored with a question."""
        values: dict[str, Any] = dict(data)
        for name in ("collection_ids", "document_ids", "media_types"):
            if name in values:
                values[name] = tuple(values[name])
        for name in ("date_from", "date_to"):
            if name in values:
                values[name] = datetime.fromisoformat(values[name])
        return cls(**values)
