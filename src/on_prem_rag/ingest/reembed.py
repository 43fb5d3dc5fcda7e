"""Embedding every chunk by a newly chosen model, while the old one goes on serving."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from on_prem_rag.db.session import Database
from on_prem_rag.documents.generations import (
    complete_if_filled,
    count_unembedded,
    find_unembedded,
    lacking_vectors,
    store_vectors,
)
from on_prem_rag.documents.models import EmbeddingModel
from on_prem_rag.ingest.splitter import embedding_text
from on_prem_rag.jobs.models import Job
from on_prem_rag.jobs.queue import ClaimedJob, JobQueue, enqueue
from on_prem_rag.llm.embedders import EmbedderPool
from on_prem_rag.llm.protocols import FloatMatrix

_BATCH = 128


class ReembedJob:
    """Fills the configured model's missing vectors, a batch a transaction, so it resumes."""

    def __init__(self, database: Database, queue: JobQueue, embedders: EmbedderPool) -> None:
        self._database = database
        self._queue = queue
        self._embedders = embedders

    def __call__(self, job: ClaimedJob) -> None:
        """Run to the end. Raises EmbeddingError, LeaseLostError or JobCancelledError."""
        embedder = self._embedders.configured()
        model_id = embedder.fingerprint.id
        with self._database.read() as session:
            total = count_unembedded(session, model_id)
        done = 0
        while not self._finished(job, model_id, done):
            with self._database.read() as session:
                chunks = find_unembedded(session, model_id, _BATCH)
            vectors = embedder.embed_documents(
                [embedding_text(c.title, c.heading_path, c.text) for c in chunks]
            )
            done += self._store(model_id, [c.chunk_id for c in chunks], vectors)
            self._queue.report(job, "embedding", done, max(total, done))

    def _store(self, model_id: str, chunk_ids: list[str], vectors: FloatMatrix) -> int:
        """Insert what still matters: chunks may have gone, or been filled, since they were read."""
        with self._database.write() as session:
            lacking = lacking_vectors(session, model_id, chunk_ids)
            rows = [row for row, chunk_id in enumerate(chunk_ids) if chunk_id in lacking]
            store_vectors(session, model_id, [chunk_ids[row] for row in rows], vectors[rows])
        return len(rows)

    def _finished(self, job: ClaimedJob, model_id: str, done: int) -> bool:
        """Complete the model and the job at once when nothing is missing any more."""
        with self._database.write() as session:
            model = session.get_one(EmbeddingModel, model_id)
            if not complete_if_filled(session, model):
                return False
            self._queue.complete(session, job, {"chunks": done, "model": model.name})
            return True


def enqueue_reembed(session: Session, created_by: str) -> Job:
    """Queue the job, or return the one that is queued or running already."""
    query = select(Job).where(Job.kind == "reembed", Job.status.in_(("queued", "running")))
    running = session.scalar(query.limit(1))
    return running or enqueue(session, "reembed", created_by=created_by)
