"""Retrieval as a langchain-core ``BaseRetriever``, for programs built on that library.

Import this module only where it is needed: langchain-core takes a while to load.
"""

from __future__ import annotations

from typing import Any

from on_prem_rag.access.caller import Caller
from on_prem_rag.config import disable_tracing
from on_prem_rag.retrieve.passage import Passage, SearchQuery
from on_prem_rag.retrieve.retriever import Retriever

# Set in the environment of whoever starts the process, tracing would send every question out.
disable_tracing()

from langchain_core.callbacks import CallbackManagerForRetrieverRun  # noqa: E402
from langchain_core.documents import Document  # noqa: E402
from langchain_core.retrievers import BaseRetriever  # noqa: E402
from pydantic import ConfigDict, Field  # noqa: E402


class PassageRetriever(BaseRetriever):
    """Searches as ``caller``; ``bounds`` are further fields of SearchQuery (top_k, filters …)."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    retriever: Retriever
    caller: Caller
    bounds: dict[str, Any] = Field(default_factory=dict)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        result = self.retriever.search(self.caller, SearchQuery(query, **self.bounds))
        return [as_document(passage) for passage in result.passages]


def as_document(passage: Passage) -> Document:
    """The passage as langchain-core has documents: its text, and everything else as metadata."""
    return Document(
        id=passage.chunk_ids[0],
        page_content=passage.text,
        metadata={
            "chunk_ids": list(passage.chunk_ids),
            "collection_id": passage.collection_id,
            "document_id": passage.document_id,
            "version_id": passage.version_id,
            "source": passage.document_name,
            "title": passage.title,
            "media_type": passage.media_type,
            "heading_path": list(passage.heading_path),
            "page_start": passage.page_start,
            "page_end": passage.page_end,
            "boxes": [list(box) for box in passage.boxes],
            "score": passage.score,
        },
    )
