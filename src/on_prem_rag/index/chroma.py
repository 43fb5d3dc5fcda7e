"""Vectors in embedded Chroma: a Chroma collection per Collection, ids and vectors only.

A collection per Collection needs no metadata filter to keep rights apart (a filtered query costs
20 to 40 times an unfiltered one). This process must be the directory's only owner: what another
process adds is invisible to the queries of this one.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import UUID

import chromadb
import numpy as np
from chromadb.api.models.Collection import Collection as ChromaCollection
from chromadb.config import Settings

from on_prem_rag.index.heap import wipe_memory
from on_prem_rag.index.protocols import Hit
from on_prem_rag.index.segments import check_segments
from on_prem_rag.llm.protocols import FloatMatrix, FloatVector, ModelFingerprint

_BATCH = 1000
_VECTORS_READ = 2000
_VECTORS_SEARCHED = 100
# Of 100,000 MiniLM vectors it finds 98.7 % of the nearest 10, 97.4 % of the nearest 100, in 3 ms;
# Chroma's default ef_search of 100 finds 90 % of the nearest 100.
_HNSW: Any = {"space": "cosine", "ef_search": 400, "sync_threshold": 5000}


class ChromaVectorStore:
    """A VectorStore of one model's vectors in ``directory``, created when absent.

    Chroma's names are ``<collection id>-<model id>``, so a directory opened for another model shows
    nothing instead of vectors that mean something else.
    """

    def __init__(self, directory: Path, model: ModelFingerprint) -> None:
        self._directory = directory
        self._model = model
        self._client = open_client(directory)
        self._lock = Lock()
        self._collections = {
            name.removesuffix(f"-{model.id}"): self._client.get_collection(name, None)
            for name in (found.name for found in self._client.list_collections())
            if name.endswith(f"-{model.id}")
        }

    def upsert(self, collection_id: str, chunk_ids: Sequence[str], vectors: FloatMatrix) -> None:
        """Store or replace vectors, shape (len(chunk_ids), dimensions)."""
        if vectors.shape != (len(chunk_ids), self._model.dimensions):
            raise ValueError(f"{len(chunk_ids)} vectors expected, shape {vectors.shape} given")
        if not chunk_ids:
            return
        collection = self._get_or_create(collection_id)
        for start in range(0, len(chunk_ids), _BATCH):
            part = slice(start, start + _BATCH)
            collection.upsert(ids=list(chunk_ids[part]), embeddings=vectors[part])

    def delete(self, collection_id: str, chunk_ids: Sequence[str]) -> None:
        """Remove vectors; unknown ids are ignored."""
        collection = self._collections.get(collection_id)
        if collection is None:
            return
        for start in range(0, len(chunk_ids), _BATCH):
            collection.delete(ids=list(chunk_ids[start : start + _BATCH]))

    def drop(self, collection_id: str) -> None:
        """Remove a Collection's vectors whole; an unknown Collection is ignored."""
        with self._lock:
            if self._collections.pop(collection_id, None) is None:
                return
            self._client.delete_collection(self._name(collection_id))
            self._remove_orphans()

    def search(self, collection_id: str, query: FloatVector, limit: int) -> list[Hit]:
        """Nearest chunks by cosine, best first; empty for an unknown Collection."""
        collection = self._collections.get(collection_id)
        if collection is None or limit < 1:
            return []
        return _query(collection, query, limit)

    def count(self, collection_id: str) -> int:
        """Vectors held for a Collection, 0 when unknown."""
        collection = self._collections.get(collection_id)
        return 0 if collection is None else int(collection.count())

    def chunk_ids(self, collection_id: str) -> set[str]:
        """Every chunk that has a vector here."""
        collection = self._collections.get(collection_id)
        return set() if collection is None else set(collection.get(include=[])["ids"])

    def held_among(self, collection_id: str, chunk_ids: Sequence[str]) -> list[str]:
        """Those of the chunks that have a vector here."""
        collection = self._collections.get(collection_id)
        if collection is None:
            return []
        parts = [list(chunk_ids[at : at + _BATCH]) for at in range(0, len(chunk_ids), _BATCH)]
        return [str(i) for ids in parts for i in collection.get(ids=ids, include=[])["ids"]]

    def collection_ids(self) -> frozenset[str]:
        """The Collections that have vectors here."""
        return frozenset(self._collections)

    def vectors(
        self, collection_id: str, chunk_ids: Sequence[str]
    ) -> tuple[list[str], FloatMatrix]:
        """The vectors held of those chunks that have one here, and whose they are."""
        collection = self._collections.get(collection_id)
        if collection is None or not chunk_ids:
            return [], np.empty((0, self._model.dimensions), dtype=np.float32)
        found: Any = collection.get(ids=list(chunk_ids), include=["embeddings"])
        return list(found["ids"]), np.asarray(found["embeddings"], dtype=np.float32)

    def close(self) -> None:
        """Release files and memory."""
        self._collections = {}
        self._client.close()

    def _name(self, collection_id: str) -> str:
        return f"{collection_id}-{self._model.id}"

    def _get_or_create(self, collection_id: str) -> ChromaCollection:
        with self._lock:
            collection: ChromaCollection | None = self._collections.get(collection_id)
            if collection is None:
                collection = self._client.get_or_create_collection(
                    self._name(collection_id),
                    embedding_function=None,
                    configuration={"hnsw": _HNSW},
                )
                self._collections[collection_id] = collection
            return collection

    def _remove_orphans(self) -> None:
        """Remove segment files of deleted collections, which Chroma leaves behind."""
        uri = f"{(self._directory / 'chroma.sqlite3').absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            live = {row[0] for row in connection.execute("SELECT id FROM segments")}
        for path in self._directory.iterdir():
            if path.is_dir() and _is_uuid(path.name) and path.name not in live:
                shutil.rmtree(path)


def open_client(directory: Path) -> Any:
    """A client of the Chroma directory, created when absent, that reads no environment file."""
    wipe_memory()
    directory.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        anonymized_telemetry=False,
        allow_reset=False,
    )
    return chromadb.PersistentClient(str(directory), settings)


def examine_every_collection(directory: Path) -> dict[str, int]:
    """Load and search every segment of a Chroma directory; vectors held by collection name.

    A segment cut short still opens and counts; what was in the lost part comes back as noise. So
    files must have their lengths, and vectors drawn at random must have length 1 and find
    themselves. Raises ValueError or whatever Chroma does on a damaged directory, and may end the
    process: run it in a child.
    """
    check_segments(directory)
    client = open_client(directory)
    counts = {}
    for found in client.list_collections():
        collection = client.get_collection(found.name, None)
        counts[found.name] = collection.count()
        _examine(collection)
    client.close()
    return counts


def _examine(collection: ChromaCollection) -> None:
    chunk_ids: list[str] = collection.get(include=[])["ids"]
    if not chunk_ids:
        return
    drawn = random.sample(chunk_ids, min(len(chunk_ids), _VECTORS_READ))
    read: Any = collection.get(ids=drawn, include=["embeddings"])["embeddings"]
    vectors = np.asarray(read, dtype=np.float32)
    if not np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=0.01):
        raise ValueError(f"{collection.name} holds vectors that were never written")
    asked = vectors[:_VECTORS_SEARCHED]
    hits = [_query(collection, vector, 1) for vector in asked]
    found = sum(1 for hit in hits if hit and hit[0].score > 0.999)
    if found < 0.95 * len(asked):
        raise ValueError(f"{collection.name} finds {found} of {len(asked)} vectors it holds")


def _query(collection: ChromaCollection, query: FloatVector, limit: int) -> list[Hit]:
    vectors: Any = [query]
    found: Any = collection.query(query_embeddings=vectors, n_results=limit, include=["distances"])
    pairs = zip(found["ids"][0], found["distances"][0], strict=True)
    return [Hit(chunk_id, 1.0 - float(distance)) for chunk_id, distance in pairs]


def _is_uuid(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False
