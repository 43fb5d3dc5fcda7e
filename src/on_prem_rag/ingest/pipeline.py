"""From a stored original to chunks and vectors in SQL.

prepare: convert in a killable child → split          (one thread, ahead of the next step)
embed:   reuse vectors of the same text, compute the rest
store:   pages, chunks, vectors, the change and the job's end in one transaction
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from on_prem_rag.config import Settings
from on_prem_rag.db.base import new_id
from on_prem_rag.db.session import Database
from on_prem_rag.documents.generations import (
    serving_model,
    store_vectors,
    vectors_by_content,
)
from on_prem_rag.documents.models import Chunk, Document, DocumentVersion, EmbeddingModel, Page
from on_prem_rag.documents.originals import Originals
from on_prem_rag.documents.repository import DocumentRepository
from on_prem_rag.documents.service import mark_cancelled, mark_failed, publish_version
from on_prem_rag.errors import AppError, EmptyFile
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.parsed import ParsedDocument
from on_prem_rag.ingest.rows import chunk_row, describe_version, page_row
from on_prem_rag.ingest.sandbox import Sandbox
from on_prem_rag.ingest.splitter import ChunkDraft, Splitter, chunk_boxes, embedding_text
from on_prem_rag.jobs.queue import ClaimedJob, JobCancelledError, JobQueue, LeaseLostError
from on_prem_rag.llm.embedders import EmbedderPool
from on_prem_rag.llm.protocols import Embedder, FloatMatrix

EMBED_BATCH = 128
_HASH_BATCH = 400
_SEEN_SECONDS = 1.0


@dataclass
class Prepared:
    """A converted and split document on its way into the store."""

    job: ClaimedJob
    parsed: ParsedDocument
    drafts: list[ChunkDraft]
    texts: list[str]
    hashes: list[str]
    vectors: dict[str, FloatMatrix] = field(default_factory=dict)
    """One matrix a model id, rows in the order of ``drafts``."""
    stopped: LeaseLostError | JobCancelledError | None = None
    """Set when this document's job ended while it was embedded together with others."""


class IngestPipeline:
    """The steps of an ingest job; each raises AppError for what the uploader must know."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        originals: Originals,
        sandbox: Sandbox,
        embedders: EmbedderPool,
        queue: JobQueue,
    ) -> None:
        self._settings = settings
        self._database = database
        self._originals = originals
        self._sandbox = sandbox
        self._embedders = embedders
        self._queue = queue
        self._repository = DocumentRepository()
        languages = settings.ocr_languages
        self._options = ConvertOptions(
            ocr_languages=tuple(languages.split("+")) if languages else None,
            max_pages=settings.max_pages,
        )

    def prepare(self, job: ClaimedJob) -> Prepared:
        """Convert and split. Raises ConversionError, EmbeddingError, LeaseLostError."""
        with self._database.write() as session:
            self._queue.show(session, job, "parsing", 0, 1)
            version, document = self._rows(session, job)
            version.status = "processing"
            path, name = self._originals.path(version.sha256), document.name
        began = time.monotonic()
        parsed = self._sandbox.convert(
            path,
            name,
            self._options,
            timeout_seconds=self._settings.conversion_timeout,
            memory_bytes=self._settings.conversion_memory_bytes,
        )
        # What is over before anyone sees it is not worth a write, for which others would wait.
        if time.monotonic() - began > _SEEN_SECONDS:
            self._queue.report(job, "splitting", 0, 1)
        return self.split(job, parsed, name)

    def split(self, job: ClaimedJob, parsed: ParsedDocument, name: str) -> Prepared:
        """Cut a converted document into chunks sized for the configured embedder."""
        embedder = self._embedders.configured()
        splitter = Splitter(
            embedder.count_tokens,
            chunk_tokens=self._settings.chunk_tokens,
            overlap_tokens=self._settings.chunk_overlap_tokens,
        )
        drafts = splitter.split(parsed)
        if not drafts and not any(page.ocr == "needed" for page in parsed.pages):
            raise EmptyFile("The file holds no text.")
        title = parsed.title or name
        texts = [embedding_text(title, draft.heading_path, draft.text) for draft in drafts]
        hashes = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        return Prepared(job, parsed, drafts, texts, hashes)

    def embed(self, prepared: Sequence[Prepared]) -> None:
        """Fill in the vectors of several documents at once, by every model that is being served."""
        for model_id, embedder in self._live_models():
            missing = [
                (item, row) for item in prepared for row in self._reuse(item, model_id, embedder)
            ]
            self._compute(missing, model_id, embedder)

    def store(self, prepared: Prepared) -> None:
        """Write everything and finish the job. Raises LeaseLostError or JobCancelledError."""
        if prepared.stopped is not None:
            raise prepared.stopped
        job, parsed, drafts = prepared.job, prepared.parsed, prepared.drafts
        chunk_ids = [new_id() for _ in drafts]
        boxes = [chunk_boxes(parsed, draft) for draft in drafts]
        pages = [page_row(str(job.version_id), page) for page in parsed.pages]
        with self._database.write() as session:
            # First, as it locks the job: whoever moves the document waits, or has moved it by now.
            self._queue.complete(session, job, {"chunks": len(drafts), "pages": len(pages)})
            version, document = self._rows(session, job)
            describe_version(version, parsed)
            rows = [
                chunk_row(document, version, draft, chunk_ids[i], boxes[i], prepared.hashes[i])
                for i, draft in enumerate(drafts)
            ]
            for model, values in ((Page, pages), (Chunk, rows)):
                if values:
                    session.execute(insert(model), values)
            for model_id, vectors in prepared.vectors.items():
                store_vectors(session, model_id, chunk_ids, vectors)
            publish_version(session, self._repository, document, version)

    def fail(self, job: ClaimedJob, error: AppError) -> None:
        """Record why a job could not be done; a document's earlier version stays current."""
        with self._database.write() as session:
            self._queue.fail(session, job, error)
            mark_failed(session, job.version_id, error.code, error.message, error.hint)

    def cancelled(self, job: ClaimedJob) -> None:
        """Record that the uploader stopped it."""
        with self._database.write() as session:
            self._queue.cancelled(session, job)
            mark_cancelled(session, job.version_id)

    def _rows(self, session: Session, job: ClaimedJob) -> tuple[DocumentVersion, Document]:
        version = session.get(DocumentVersion, job.version_id)
        document = session.get(Document, job.document_id)
        if version is None or document is None:
            raise DocumentGoneError(job.id)
        return version, document

    def _live_models(self) -> list[tuple[str, Embedder]]:
        """The configured model, and the one still serving while that is being filled."""
        target = self._embedders.configured()
        live = [(target.fingerprint.id, target)]
        with self._database.read() as session:
            serving = serving_model(session)
            if session.get(EmbeddingModel, target.fingerprint.id) is None:
                raise AppError("The embedding model is not registered yet.")
        if serving is not None and serving.id != target.fingerprint.id:
            live.append((serving.id, self._embedders.for_name(serving.name)))
        return live

    def _reuse(self, item: Prepared, model_id: str, embedder: Embedder) -> list[int]:
        """Take over vectors of the same text in the Collection; return the rows without one."""
        size = embedder.fingerprint.dimensions
        matrix = np.empty((len(item.texts), size), dtype=np.float32)
        item.vectors[model_id] = matrix
        known: dict[str, bytes] = {}
        hashes = sorted(set(item.hashes))
        with self._database.read() as session:
            for start in range(0, len(hashes), _HASH_BATCH):
                batch = hashes[start : start + _HASH_BATCH]
                known |= vectors_by_content(session, str(item.job.collection_id), model_id, batch)
        missing = []
        for row, content in enumerate(item.hashes):
            if content in known:
                matrix[row] = np.frombuffer(known[content], dtype="<f4")
            else:
                missing.append(row)
        return missing

    def _compute(
        self, missing: list[tuple[Prepared, int]], model_id: str, embedder: Embedder
    ) -> None:
        # Batches of like length waste no computation on padding.
        missing.sort(key=lambda pair: len(pair[0].texts[pair[1]]))
        totals = Counter(item.job.id for item, _ in missing)
        done: Counter[str] = Counter()
        for start in range(0, len(missing), EMBED_BATCH):
            batch = [pair for pair in missing[start : start + EMBED_BATCH] if not pair[0].stopped]
            vectors = embedder.embed_documents([item.texts[row] for item, row in batch])
            for (item, row), vector in zip(batch, vectors, strict=True):
                item.vectors[model_id][row] = vector
            done.update(item.job.id for item, _ in batch)
            for item in {item.job.id: item for item, _ in batch}.values():
                if done[item.job.id] < totals[item.job.id]:
                    self._report(item, done[item.job.id], totals[item.job.id])

    def _report(self, item: Prepared, done: int, total: int) -> None:
        """Progress of one document must not stop the others it is embedded with."""
        try:
            self._queue.report(item.job, "embedding", done, total)
        except (LeaseLostError, JobCancelledError) as error:
            item.stopped = error


class DocumentGoneError(Exception):
    """The document was deleted while its job ran."""
