"""Whether every original and every stored vector is there and is what SQL says."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from sqlalchemy import delete, func, select

from on_prem_rag.db.session import Database
from on_prem_rag.documents.generations import serving_model
from on_prem_rag.documents.models import Chunk, DocumentVersion, Embedding, EmbeddingModel
from on_prem_rag.documents.originals import sha256_of
from on_prem_rag.documents.service import DocumentService

Store = Literal["originals", "embeddings", "lexical", "vectors"]
Kind = Literal["missing", "changed", "orphan", "surplus", "unfindable", "rebuilding"]
Progress = Callable[[str, int, int], None]
"""Called often with a stage, what is done of it and its total; may raise to end the check."""
_BATCH = 500
_EXAMPLES = 20
_ORPHAN_SECONDS = 3600.0
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as SQL says: how many, where, and some of the ids it concerns.

    ``ids`` are chunks, or hashes of orphans; it never holds a name or a text.
    """

    store: Store
    kind: Kind
    count: int = 1
    collection_id: str | None = None
    document_id: str | None = None
    version_id: str | None = None
    ids: tuple[str, ...] = ()
    repaired: bool = False

    @classmethod
    def of_ids(
        cls,
        store: Store,
        kind: Kind,
        ids: Sequence[str],
        *,
        collection_id: str | None = None,
        repaired: bool = False,
    ) -> Finding:
        """With the first of the ids as examples."""
        examples = tuple(ids[:_EXAMPLES])
        return cls(store, kind, len(ids), collection_id, ids=examples, repaired=repaired)


class StoredCheck:
    """Compares the originals' directory and the ``embeddings`` table with what they should be.

    Right at any moment: what looks wrong is asked of SQL again, as it may have been deleted since.
    A file without a version is an orphan once it is ``orphan_seconds`` old: an upload puts its file
    in place before it commits.
    """

    def __init__(
        self,
        database: Database,
        documents: DocumentService,
        *,
        orphan_seconds: float = _ORPHAN_SECONDS,
    ) -> None:
        self._database = database
        self._documents = documents
        self._originals = documents.originals
        self._orphan_seconds = orphan_seconds
        self.originals = 0
        """Versions whose originals were looked at."""
        self.vectors = 0
        """Stored vectors that were read."""

    def check_originals(self, progress: Progress, *, read_data: bool) -> Iterator[Finding]:
        """Versions whose original is lost or has another size, or other bytes with ``read_data``.

        None of them can be repaired here: the bytes have to come from a backup or be uploaded anew.
        """
        with self._database.read() as session:
            total = session.scalar(select(func.count()).select_from(DocumentVersion)) or 0
        for rows in self._versions():
            for version_id, document_id, sha256, size_bytes in rows:
                progress("originals", min(self.originals, total), total)
                kind = _find_wrong(self._originals.path(sha256), size_bytes, sha256, read_data)
                self.originals += 1
                if kind is not None and self._is_current(version_id):
                    yield Finding("originals", kind, document_id=document_id, version_id=version_id)

    def check_orphans(self, progress: Progress, *, repair: bool) -> Iterator[Finding]:
        """Files that no version refers to; with ``repair`` they are removed, unless one does by
        then."""
        names = [name for name in self._originals.hashes() if self._is_old(name)]
        orphans: list[str] = []
        for start in range(0, len(names), _BATCH):
            progress("orphans", start, len(names))
            part = names[start : start + _BATCH]
            query = select(DocumentVersion.sha256).where(DocumentVersion.sha256.in_(part))
            with self._database.read() as session:
                used = set(session.scalars(query))
            orphans += [name for name in part if name not in used]
        if not orphans:
            return
        with self._documents.originals.removable() as removable:
            repaired = repair and removable  # a backup may be copying them
            for start in range(0, len(orphans) if repaired else 0, _BATCH):
                with self._database.write() as session:
                    self._documents.remove_unused(session, orphans[start : start + _BATCH])
        yield Finding.of_ids("originals", "orphan", orphans, repaired=repaired)

    def check_embeddings(
        self, progress: Progress, *, read_data: bool, repair: bool
    ) -> Iterator[Finding]:
        """Chunks without a vector by the model that serves and, with ``read_data``, vectors of a
        wrong length or norm; with ``repair`` these are removed, so that ``reindex`` computes them
        again."""
        progress("embeddings", 0, 0)
        with self._database.read() as session:
            model = serving_model(session)
            lacking: list[str] = []
            if model is not None:
                has = select(Embedding.chunk_id).where(Embedding.model_id == model.id)
                lacking += session.scalars(select(Chunk.id).where(Chunk.id.not_in(has)))
            models = session.execute(select(EmbeddingModel.id, EmbeddingModel.dimensions)).all()
        if lacking:
            yield Finding.of_ids("embeddings", "missing", lacking)
        for model_id, dimensions in models if read_data else ():
            damaged = list(self._damaged_vectors(progress, model_id, dimensions))
            if damaged and repair:
                for start in range(0, len(damaged), _BATCH):
                    part = damaged[start : start + _BATCH]
                    with self._database.write() as session:
                        session.execute(
                            delete(Embedding).where(
                                Embedding.model_id == model_id, Embedding.chunk_id.in_(part)
                            )
                        )
            if damaged:
                yield Finding.of_ids("embeddings", "changed", damaged)

    def _versions(self) -> Iterator[Sequence[tuple[str, str, str, int]]]:
        last = ""
        columns = (
            DocumentVersion.id,
            DocumentVersion.document_id,
            DocumentVersion.sha256,
            DocumentVersion.size_bytes,
        )
        while True:
            query = select(*columns).where(DocumentVersion.id > last)
            with self._database.read() as session:
                rows = session.execute(query.order_by(DocumentVersion.id).limit(_BATCH)).all()
            if not rows:
                return
            yield [(row[0], row[1], row[2], row[3]) for row in rows]
            last = rows[-1][0]

    def _is_current(self, version_id: str) -> bool:
        with self._database.read() as session:
            return session.get(DocumentVersion, version_id) is not None

    def _is_old(self, name: str) -> bool:
        if not _SHA256.fullmatch(name):
            return False  # nothing of ours, so not ours to judge
        try:
            written = self._originals.path(name).stat().st_mtime
        except FileNotFoundError:
            return False
        return time.time() - written >= self._orphan_seconds

    def _damaged_vectors(self, progress: Progress, model_id: str, dimensions: int) -> Iterator[str]:
        last, done = "", 0
        with self._database.read() as session:
            counted = select(func.count()).where(Embedding.model_id == model_id)
            total = session.scalar(counted) or 0
        while True:
            progress("embeddings", min(done, total), total)
            query = (
                select(Embedding.chunk_id, Embedding.vector)
                .where(Embedding.model_id == model_id, Embedding.chunk_id > last)
                .order_by(Embedding.chunk_id)
                .limit(_BATCH)
            )
            with self._database.read() as session:
                rows = session.execute(query).all()
            if not rows:
                return
            yield from (row[0] for row in rows if not _is_vector(row[1], dimensions))
            last, done = rows[-1][0], done + len(rows)
            self.vectors += len(rows)


def _find_wrong(path: Path, size_bytes: int, sha256: str, read_data: bool) -> Kind | None:
    try:
        if path.stat().st_size != size_bytes:
            return "changed"
        return "changed" if read_data and sha256_of(path) != sha256 else None
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "changed"  # there is something, and it cannot be read


def _is_vector(blob: bytes, dimensions: int) -> bool:
    if len(blob) != 4 * dimensions:
        return False
    # A NaN anywhere makes the norm one, which is near to nothing.
    norm = float(np.linalg.norm(np.frombuffer(blob, dtype="<f4")))
    return abs(norm - 1) < 0.01
