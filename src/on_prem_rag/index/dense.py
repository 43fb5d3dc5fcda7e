"""Vectors of one model: Chroma for what is shared or large, exact search for what is small."""

from __future__ import annotations

import os
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from sqlalchemy import func, select

from on_prem_rag.access.models import Collection
from on_prem_rag.db.session import Database
from on_prem_rag.documents.models import Chunk
from on_prem_rag.index.chroma import ChromaVectorStore
from on_prem_rag.index.equal_passages import equal_passages, projected_chunk_ids
from on_prem_rag.index.exact import ExactVectorStore
from on_prem_rag.index.protocols import Hit
from on_prem_rag.index.segments import FileStates, differing_file, file_states
from on_prem_rag.index.truth import chunk_vectors
from on_prem_rag.llm.protocols import FloatVector, ModelFingerprint

_BATCH = 1000
_MARK = "holds-deleted"


class DenseGeneration:
    """Every Collection's vectors by ``model``: a Chroma directory, and exact search in SQL.

    A private Collection is searched exactly until it holds more than ``private_threshold`` chunks;
    then it moves into Chroma for good.
    """

    def __init__(
        self,
        database: Database,
        directory: Path,
        model: ModelFingerprint,
        *,
        private_threshold: int,
    ) -> None:
        self.directory = directory
        self.model = model
        self.chroma = ChromaVectorStore(directory, model)
        self.exact = ExactVectorStore(database, model, max_vectors=private_threshold)
        self._database = database
        self._threshold = private_threshold
        self.left: FileStates = file_states(directory)
        """Chroma's files as the last write of ours left them."""

    def add(self, collection_id: str, chunk_ids: Sequence[str]) -> None:
        """Take in the stored vectors of chunks; those without one by this model are left out."""
        self.exact.forget(collection_id)
        if collection_id not in self.chroma.collection_ids():
            private = self._is_private(collection_id)
            if private is None or (private and not self._is_large(collection_id)):
                return
            if private:
                chunk_ids = self.expected(collection_id)  # all of them move
        with self._database.read() as session:
            equal = equal_passages(session, collection_id, self.model.id, chunk_ids)
        self.put(collection_id, [each for each in chunk_ids if each not in equal.spare])
        self._remove_spare(collection_id, equal.spare)

    def put(self, collection_id: str, chunk_ids: Sequence[str]) -> None:
        """Write the stored vectors of chunks into Chroma, wherever the Collection belongs.

        Chunks that were moved to another Collection since the ids were read are left out.
        """
        for start in range(0, len(chunk_ids), _BATCH):
            with self._database.read() as session:
                found, matrix = chunk_vectors(
                    session,
                    self.model.id,
                    chunk_ids[start : start + _BATCH],
                    collection_id=collection_id,
                )
            if found:
                self.chroma.upsert(collection_id, found, matrix)

    @property
    def holds_deleted(self) -> bool:
        """Whether the directory's files may still hold the bytes of vectors that were removed."""
        return (self.directory / _MARK).exists()

    def delete(self, collection_id: str, chunk_ids: Sequence[str]) -> None:
        """Remove vectors; unknown ids are ignored."""
        self.exact.forget(collection_id)
        if chunk_ids:
            self._mark(collection_id)
        self.chroma.delete(collection_id, chunk_ids)
        if chunk_ids and collection_id in self.chroma.collection_ids():
            self._replace_equal(collection_id)

    def drop(self, collection_id: str) -> None:
        """Remove a Collection's vectors whole; an unknown Collection is ignored."""
        self.exact.forget(collection_id)
        self._mark(collection_id)
        self.chroma.drop(collection_id)

    def search(self, collection_id: str, query: FloatVector, limit: int) -> list[Hit]:
        """Nearest chunks by cosine, best first; empty for an unknown Collection."""
        if collection_id in self.chroma.collection_ids():
            return self.chroma.search(collection_id, query, limit)
        return self.exact.search(collection_id, query, limit)

    def belongs_in_chroma(self, collection_id: str) -> bool:
        """Whether the Collection exists and is shared, or private and large."""
        private = self._is_private(collection_id)
        return private is False or (private is True and self._is_large(collection_id))

    def expected(self, collection_id: str) -> list[str]:
        """The chunks of a Collection that should have a vector here, by SQL."""
        with self._database.read() as session:
            return projected_chunk_ids(session, collection_id, self.model.id)

    def note_files(self) -> None:
        """Take Chroma's files for good as they are; call it after each write."""
        self.left = file_states(self.directory)

    def touched_file(self) -> str | None:
        """A file that somebody else changed or removed since ``note_files``; asks no more than the
        files' sizes and times."""
        return differing_file(self.left, file_states(self.directory))

    def close(self) -> None:
        """Release files and memory."""
        self.chroma.close()
        self.exact.close()

    def _mark(self, collection_id: str) -> None:
        """Remember, over a crash too, that Chroma is about to keep what it should not."""
        if collection_id in self.chroma.collection_ids() and not self.holds_deleted:
            with (self.directory / _MARK).open("w") as file:
                os.fsync(file.fileno())

    def _remove_spare(self, collection_id: str, spare: AbstractSet[str]) -> None:
        """Remove those that others came before; nothing of them was deleted, so no mark is set."""
        if spare:
            self.chroma.delete(collection_id, self.chroma.held_among(collection_id, sorted(spare)))

    def _replace_equal(self, collection_id: str) -> None:
        """Let others stand for a text whose passages were deleted."""
        with self._database.read() as session:
            equal = equal_passages(session, collection_id, self.model.id)
        first = sorted(equal.first)
        held = set(self.chroma.held_among(collection_id, first))
        self.put(collection_id, [each for each in first if each not in held])

    def _is_private(self, collection_id: str) -> bool | None:
        """None when there is no such Collection any more."""
        with self._database.read() as session:
            query = select(Collection.private).where(Collection.id == collection_id)
            return session.scalar(query)

    def _is_large(self, collection_id: str) -> bool:
        query = select(func.count()).where(Chunk.collection_id == collection_id)
        with self._database.read() as session:
            return (session.scalar(query) or 0) > self._threshold
