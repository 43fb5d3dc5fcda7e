"""From a question to the passages that may answer it.

    rights, names → both indexes → recheck in SQL → ranking → neighbours joined → repeats left out

The indexes are projections and may lag: every chunk they name is looked up in SQL with the caller's
rights before anything of it is used.
"""

from __future__ import annotations

import os
import time
from threading import Semaphore

from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.permissions import readable_collection_ids
from on_prem_rag.db.session import Database
from on_prem_rag.errors import CollectionNotFound, InvalidInput, ServiceUnavailable
from on_prem_rag.retrieve.candidates import Candidate, chunk_ids_within, recheck
from on_prem_rag.retrieve.catalog import Evidence
from on_prem_rag.retrieve.confidence import confidence, read_signals
from on_prem_rag.retrieve.gathering import Gathered, Gatherer, SearchIndex
from on_prem_rag.retrieve.joining import join_neighbours
from on_prem_rag.retrieve.passage import Passage, SearchQuery, SearchResult
from on_prem_rag.retrieve.passages import load_passages
from on_prem_rag.retrieve.ranking import rank
from on_prem_rag.retrieve.shelf import Shelf
from on_prem_rag.retrieve.thinning import without_repeats

MAX_TOP_K = 100
_MAX_BOUNDED = 5_000
"""Chunks of filtered documents whose vectors are read and compared one by one."""
_SPARE = 4
"""Passages loaded beyond those asked for, in case some repeat others."""


class Retriever:
    """Searches what a caller may read. Thread-safe; synchronous, so called on a thread pool."""

    def __init__(self, database: Database, index: SearchIndex) -> None:
        self._database = database
        self._index = index
        self._shelf = Shelf()
        # Half of a search is Python, which runs on one core: side by side all of them become slow
        # and hold up what else runs, one after the other each is done sooner (measured).
        self._turns = Semaphore(max(1, (os.cpu_count() or 1) // 2))

    def search(self, caller: Caller, query: SearchQuery) -> SearchResult:
        """The best passages for ``query.text``, at most ``query.top_k``.

        Raises CollectionNotFound when a Collection asked for is not one the caller may read,
        InvalidInput when ``top_k`` is out of bounds, and ServiceUnavailable when neither index
        answers. One that does not answer is named in ``degraded``.
        """
        if not 1 <= query.top_k <= MAX_TOP_K:
            raise InvalidInput(f"top_k must lie between 1 and {MAX_TOP_K}, not {query.top_k}.")
        started = time.perf_counter()
        with self._database.read() as session:
            self._shelf.refresh(session)
            collection_ids = _allowed(session, caller, query)
            bounded = None
            if query.document_ids is not None:
                bounded = chunk_ids_within(
                    session, collection_ids, query.document_ids, _MAX_BOUNDED
                )
        if not collection_ids or not query.text.strip():
            return SearchResult((), 0.0)
        gatherer = Gatherer(self._index, query, collection_ids)
        # Not in turn: the embedder may be a server that lets everybody wait.
        gatherer.embed()
        with self._turns:
            evidence = self._evidence(query, collection_ids)
            gathered = gatherer.gather(evidence, bounded)
            _require_one(query, gathered)
            passages = self._judge(caller, query, gathered, evidence)
            signals = read_signals(
                query.text,
                passages,
                fluency=gathered.scores.fluency,
                evidence=evidence,
            )
        gathered.timings["total"] = (time.perf_counter() - started) * 1000
        sure = confidence(signals) if passages else 0.0
        return SearchResult(tuple(passages), sure, gathered.degraded, gathered.timings)

    def _evidence(self, query: SearchQuery, collection_ids: set[str]) -> Evidence:
        if query.strategy != "hybrid" or query.document_ids is not None:
            return Evidence({})
        return self._shelf.evidence(query.text, collection_ids)

    def _judge(
        self, caller: Caller, query: SearchQuery, gathered: Gathered, evidence: Evidence
    ) -> list[Passage]:
        started = time.perf_counter()
        scores = gathered.scores
        found = dict.fromkeys((*scores.dense, *scores.lexical, *scores.more_lexical))
        with self._database.read() as session:
            candidates: list[Candidate] = list(recheck(session, caller, query, found).values())
            ranked = rank(candidates, scores, evidence.weights)
            groups = join_neighbours(ranked, query.top_k + _SPARE, window=2 * query.top_k + _SPARE)
            passages = load_passages(session, groups)
        kept = without_repeats(passages, query.top_k)
        gathered.timings["rank"] = (time.perf_counter() - started) * 1000
        return kept


def _allowed(session: Session, caller: Caller, query: SearchQuery) -> set[str]:
    readable = readable_collection_ids(session, caller)
    if query.collection_ids is None:
        return readable
    if not readable.issuperset(query.collection_ids):
        raise CollectionNotFound("There is no such collection.")
    return set(query.collection_ids)


def _require_one(query: SearchQuery, gathered: Gathered) -> None:
    asked = {"dense", "lexical"} if query.strategy == "hybrid" else {query.strategy}
    if asked <= set(gathered.degraded):
        raise ServiceUnavailable("The search index does not answer.")
