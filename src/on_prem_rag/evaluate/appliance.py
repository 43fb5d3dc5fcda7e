"""What an evaluation asks of the appliance: a scratch one, empty at first and thrown away after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from on_prem_rag.retrieve.passage import SearchQuery, SearchResult


@dataclass(frozen=True, slots=True)
class ScratchDocument:
    """A document made of one passage. ``name`` is its file name, which tells nothing on purpose:
    retrieval reads file names, and a golden set's ids often spell the answer.
    """

    name: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What the appliance answered.

    ``span`` is the shortest stretch of a source that answers, where the answer names one;
    ``confidence`` in [0, 1] is 0 for "not found in your documents".
    """

    text: str
    span: str
    confidence: float


class ScratchAppliance(Protocol):
    """A whole appliance in a directory of its own, driven without a network."""

    def add_files(
        self, collection: str, files: Sequence[Path], progress: Callable[[int], None]
    ) -> list[str]:
        """Ingest files and wait until they are searchable; return what failed, in words.

        ``progress`` is called with the number of files done so far.
        """
        ...

    def add_documents(
        self,
        collection: str,
        documents: Sequence[ScratchDocument],
        progress: Callable[[int], None],
    ) -> None:
        """Store one-passage documents, split and embedded as files are, until searchable.

        ``progress`` is called with the number of documents done so far.
        """
        ...

    def search(self, collection: str, query: SearchQuery) -> SearchResult:
        """Search the named collection alone; ``query.collection_ids`` is ignored."""
        ...

    def answer(self, collection: str, question: str) -> GivenAnswer:
        """Answer from the named collection without a language model."""
        ...


ScratchFactory = Callable[[], AbstractContextManager[ScratchAppliance]]
"""Opens an empty appliance and removes it at the end."""
