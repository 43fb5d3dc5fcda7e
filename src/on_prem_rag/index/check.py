"""Whether both indexes hold exactly what SQL holds, and find it.

Uploads go on meanwhile, so what differs at first sight is asked for again once the indexes have
followed SQL up to that moment; only what differs then is a finding.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from sqlalchemy import select

from on_prem_rag.access.models import Collection
from on_prem_rag.db.session import Database
from on_prem_rag.documents.changes import last_change
from on_prem_rag.documents.check import Finding, Kind, Progress, Store
from on_prem_rag.errors import ServiceUnavailable
from on_prem_rag.index.dense import DenseGeneration
from on_prem_rag.index.projector import Projector
from on_prem_rag.index.protocols import Hit
from on_prem_rag.index.reconcile import Difference, IndexName, compare_dense, compare_lexical
from on_prem_rag.index.truth import chunk_vectors, embedded_among, stored_among
from on_prem_rag.llm.protocols import FloatVector
from on_prem_rag.monitoring.metrics import INDEX_DRIFT

_ROUNDS = 5
_SAMPLE = 20
_BATCH = 500
_FOLLOW_SECONDS = 60.0
_RETRY_SECONDS = 0.5
_FOUND_SHARE = 0.95
_TOLERANCE = 1e-4
_STORES: dict[IndexName, Store] = {"lexical": "lexical", "dense": "vectors"}


class IndexCheck:
    """Compares the indexes of this process with SQL, a Collection at a time; one use each.

    ``seed`` draws the vectors that must find themselves; without one it is by chance. While a
    Collection is read, the projector waits. Raises ServiceUnavailable when the indexes cannot
    follow SQL for ``follow_seconds``.
    """

    def __init__(
        self,
        database: Database,
        projector: Projector,
        *,
        seed: int | None = None,
        follow_seconds: float = _FOLLOW_SECONDS,
    ) -> None:
        self._database = database
        self._projector = projector
        self._dice = random.Random(seed)  # noqa: S311 - which vectors are tried is no secret
        self._follow_seconds = follow_seconds
        self.collections = 0
        """Collections compared."""
        self.chunks = 0
        """Chunks the lexical index should hold."""
        self.vectors = 0
        """Vectors Chroma should hold."""

    def run(self, progress: Progress, *, read_data: bool, repair: bool) -> Iterator[Finding]:
        """Everything that differs; what ``repair`` put right is looked at again and marked."""
        progress("following", 0, 0)
        with self._projector.still():
            self._projector.dense.look()
        self._follow(self._last_change(), progress)
        collection_ids = self._collection_ids()
        for number, collection_id in enumerate(collection_ids):
            progress("lexical", number, len(collection_ids))
            yield from self._compared("lexical", collection_id, repair=repair)
            self.collections += 1
        broken = False
        for number, collection_id in enumerate(collection_ids):
            progress("vectors", number, len(collection_ids))
            yield from self._compared("dense", collection_id, repair=repair)
            for finding in self._unlike(collection_id, read_data=read_data):
                broken = True
                INDEX_DRIFT.inc()
                if not repair:
                    yield finding
        lost = not self._is_dense_settled()
        if repair and (broken or lost):
            self._rebuild(progress)
            yield Finding("vectors", "changed", repaired=True)
        elif lost:
            yield Finding("vectors", "rebuilding")

    def _collection_ids(self) -> list[str]:
        with self._database.read() as session:
            found = set(session.scalars(select(Collection.id)))
        with self._projector.still():
            found |= self._projector.lexical.collection_ids()
            if self._projector.dense.live is not None:
                found |= self._projector.dense.live.chroma.collection_ids()
        return sorted(found)

    def _compared(self, index: IndexName, collection_id: str, *, repair: bool) -> Iterator[Finding]:
        found = self._difference(index, collection_id)
        if index == "lexical":
            self.chunks += found.expected
        else:
            self.vectors += found.expected
        if not found.missing and not found.surplus:
            return
        INDEX_DRIFT.inc()
        repaired = False
        if repair:
            self._projector.repair(index, collection_id)
            left = self._difference(index, collection_id)
            repaired = not left.missing and not left.surplus
        kinds: tuple[tuple[Kind, list[str]], ...] = (
            ("missing", found.missing),
            ("surplus", found.surplus),
        )
        for kind, ids in kinds:
            if ids:
                yield Finding.of_ids(
                    _STORES[index], kind, ids, collection_id=collection_id, repaired=repaired
                )

    def _difference(self, index: IndexName, collection_id: str) -> Difference:
        """What differs between SQL and the index, and still does once the index has followed."""
        first = self._compare(index, collection_id)
        suspects = {*first.missing, *first.surplus}
        missing: set[str] = set()
        surplus: set[str] = set()
        for _ in range(_ROUNDS):
            if not suspects:
                break
            before = self._stored(index, collection_id, suspects)
            self._follow(self._last_change())
            now = self._compare(index, collection_id)
            after = self._stored(index, collection_id, suspects)
            settled = {each for each in suspects if (each in before) == (each in after)}
            missing |= settled & before & set(now.missing)
            surplus |= (settled - before) & set(now.surplus)
            suspects -= settled
        return Difference(sorted(missing), sorted(surplus), first.expected)

    def _compare(self, index: IndexName, collection_id: str) -> Difference:
        with self._projector.still():
            if index == "lexical":
                return compare_lexical(self._database, self._projector.lexical, collection_id)
            live = self._projector.dense.live
            # One that was let go of meanwhile, or cannot be read, is a finding of its own.
            if live is None:
                return Difference([], [], 0)
            try:
                return compare_dense(live, collection_id)
            except Exception:  # noqa: BLE001 - Chroma's errors share no base
                self._projector.dense.distrust()
                return Difference([], [], 0)

    def _stored(self, index: IndexName, collection_id: str, chunk_ids: Iterable[str]) -> set[str]:
        """Those of the chunks that the index should hold of the Collection, by SQL."""
        live = self._projector.dense.live
        with self._database.read() as session:
            if index == "dense" and live is not None:
                return embedded_among(session, collection_id, live.model.id, list(chunk_ids))
            return stored_among(session, collection_id, list(chunk_ids))

    def _unlike(self, collection_id: str, *, read_data: bool) -> Iterator[Finding]:
        """Sampled vectors that do not find themselves; with ``read_data`` those unlike SQL's."""
        with self._projector.still():
            live = self._projector.dense.live if self._projector.dense.is_trusted else None
            held = sorted(live.chroma.chunk_ids(collection_id)) if live is not None else []
        drawn = self._dice.sample(held, min(_SAMPLE, len(held)))
        lost = self._on_vectors(collection_id, drawn, _unfindable)
        if len(lost) > (1 - _FOUND_SHARE) * len(drawn):
            yield Finding.of_ids("vectors", "unfindable", lost, collection_id=collection_id)
        changed: list[str] = []
        for start in range(0, len(held) if read_data else 0, _BATCH):
            changed += self._on_vectors(collection_id, held[start : start + _BATCH], _changed)
        if changed:
            yield Finding.of_ids("vectors", "changed", changed, collection_id=collection_id)

    def _on_vectors(
        self,
        collection_id: str,
        chunk_ids: Sequence[str],
        wrong: Callable[[DenseGeneration, str, list[str], Sequence[FloatVector]], list[str]],
    ) -> list[str]:
        """What ``wrong`` says of the chunks that are still there, with their vectors in SQL."""
        with self._projector.still():
            live = self._projector.dense.live
            if live is None or not chunk_ids:
                return []
            with self._database.read() as session:
                found, vectors = chunk_vectors(
                    session, live.model.id, chunk_ids, collection_id=collection_id
                )
            try:
                return wrong(live, collection_id, found, list(vectors))
            except Exception:  # noqa: BLE001 - Chroma's errors share no base; none of it is readable
                return list(found)

    def _rebuild(self, progress: Progress) -> None:
        """Let a new generation take over."""
        self._projector.dense.distrust()
        while not self._is_dense_settled():
            progress("rebuilding", 0, 0)
            self._advance_within(time.monotonic() + self._follow_seconds)

    def _is_dense_settled(self) -> bool:
        with self._projector.still():
            return self._projector.dense.is_settled

    def _last_change(self) -> int:
        with self._database.read() as session:
            return last_change(session)

    def _follow(self, number: int, progress: Progress = lambda *_: None) -> None:
        """Have the indexes follow SQL up to this change, and any rebuilding end."""
        while self._projector.watermark < number or not self._is_dense_settled():
            progress("following", 0, 0)
            self._advance_within(time.monotonic() + self._follow_seconds)

    def _advance_within(self, deadline: float) -> None:
        """One step of the projector, which may be impossible for a while."""
        while True:
            try:
                self._projector.advance()
            except Exception as error:
                if time.monotonic() >= deadline:
                    raise ServiceUnavailable("The indexes cannot follow the database.") from error
                time.sleep(_RETRY_SECONDS)
            else:
                return


def _unfindable(
    live: DenseGeneration, collection_id: str, chunk_ids: list[str], vectors: Sequence[FloatVector]
) -> list[str]:
    def finds(chunk_id: str, hits: list[Hit]) -> bool:
        # Passages of the same text have the same vector.
        return any(hit.chunk_id == chunk_id for hit in hits) or (
            bool(hits) and hits[0].score > 1 - _TOLERANCE
        )

    pairs = zip(chunk_ids, vectors, strict=True)
    return [
        chunk_id
        for chunk_id, vector in pairs
        if not finds(chunk_id, live.chroma.search(collection_id, vector, 3))
    ]


def _changed(
    live: DenseGeneration, collection_id: str, chunk_ids: list[str], vectors: Sequence[FloatVector]
) -> list[str]:
    held = dict(zip(*live.chroma.vectors(collection_id, chunk_ids), strict=True))
    return [
        chunk_id
        for chunk_id, vector in zip(chunk_ids, vectors, strict=True)
        if chunk_id in held and not np.allclose(held[chunk_id], vector, atol=_TOLERANCE)
    ]
