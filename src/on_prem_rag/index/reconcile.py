"""Comparing the indexes with SQL, by counts or chunk by chunk, and putting right what differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from sqlalchemy import func, select

from on_prem_rag.db.session import Database
from on_prem_rag.documents.changes import last_change
from on_prem_rag.documents.models import Chunk
from on_prem_rag.index.dense import DenseGeneration
from on_prem_rag.index.equal_passages import projected_counts
from on_prem_rag.index.lexical import TantivyLexicalIndex
from on_prem_rag.index.truth import lexical_entries, stored_chunk_ids

_BATCH = 1000


IndexName = Literal["dense", "lexical"]


class _Counting(Protocol):
    def collection_ids(self) -> frozenset[str]: ...

    def count(self, collection_id: str) -> int: ...


@dataclass(frozen=True, slots=True)
class Drift:
    """A Collection of which an index holds another number of chunks than SQL."""

    index: IndexName
    collection_id: str
    expected: int
    held: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Chunks that an index lacks and that it has beyond SQL; ``expected`` is how many SQL has."""

    missing: list[str]
    surplus: list[str]
    expected: int


def find_drift(
    database: Database, lexical: TantivyLexicalIndex, dense: DenseGeneration | None
) -> list[Drift] | None:
    """Compare counts; None while the index is behind SQL, as they cannot be compared then."""
    with database.read() as session:
        if last_change(session) != lexical.watermark():
            return None
        query = select(Chunk.collection_id, func.count()).group_by(Chunk.collection_id)
        texts = {row[0]: row[1] for row in session.execute(query)}
        embedded: dict[str, int] = {}
        if dense is not None:
            embedded = projected_counts(session, dense.model.id)
        if last_change(session) != lexical.watermark():
            return None
    found = _drift("lexical", texts, lexical)
    if dense is not None:
        found += [
            drift
            for drift in _drift("dense", embedded, dense.chroma)
            if drift.held or dense.belongs_in_chroma(drift.collection_id)
        ]
    return found


def _drift(name: IndexName, expected: dict[str, int], index: _Counting) -> list[Drift]:
    return [
        Drift(name, collection_id, wanted, held)
        for collection_id in sorted(index.collection_ids() | expected.keys())
        if (wanted := expected.get(collection_id, 0)) != (held := index.count(collection_id))
    ]


def compare_lexical(
    database: Database, lexical: TantivyLexicalIndex, collection_id: str
) -> Difference:
    """The chunks of a Collection in SQL against those in the lexical index, at this moment."""
    with database.read() as session:
        expected = stored_chunk_ids(session, collection_id)
    return _difference(expected, lexical.chunk_ids(collection_id))


def compare_dense(dense: DenseGeneration, collection_id: str) -> Difference:
    """The same for Chroma; a Collection that is searched exactly need not be there."""
    held = dense.chroma.chunk_ids(collection_id)
    belongs = bool(held) or dense.belongs_in_chroma(collection_id)
    return _difference(dense.expected(collection_id) if belongs else [], held)


def _difference(expected: list[str], held: set[str]) -> Difference:
    missing = [chunk_id for chunk_id in expected if chunk_id not in held]
    return Difference(missing, sorted(held.difference(expected)), len(expected))


def repair_lexical(database: Database, lexical: TantivyLexicalIndex, collection_id: str) -> None:
    """Add the chunks of a Collection that are missing and remove those SQL does not have.

    Right at any moment: what SQL gains meanwhile comes again by the change log, what it lacks is
    gone for good.
    """
    watermark = lexical.watermark()
    found = compare_lexical(database, lexical, collection_id)
    lexical.apply([], found.surplus, watermark)
    for start in range(0, len(found.missing), _BATCH):
        with database.read() as session:
            entries = lexical_entries(session, found.missing[start : start + _BATCH])
        lexical.apply(entries, [], watermark)


def repair_dense(dense: DenseGeneration, collection_id: str) -> None:
    """The same for a Collection in Chroma."""
    found = compare_dense(dense, collection_id)
    dense.delete(collection_id, found.surplus)
    dense.put(collection_id, found.missing)
