"""A whole appliance in a directory of its own, for evaluations: the real parts, no server."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import OPERATOR
from on_prem_rag.answer.bounds import Bounds
from on_prem_rag.answer.events import AnswerEvent, Done, Token
from on_prem_rag.answer.service import AnswerService
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.config import Settings
from on_prem_rag.db.base import utc_now
from on_prem_rag.documents.generations import register_model
from on_prem_rag.documents.service import Upload
from on_prem_rag.evaluate.appliance import GivenAnswer, ScratchDocument
from on_prem_rag.ingest.parsed import Block, ParsedDocument, Text
from on_prem_rag.ingest.pipeline import IngestPipeline
from on_prem_rag.ingest.worker import Worker
from on_prem_rag.jobs.holders import process_name
from on_prem_rag.jobs.models import Job
from on_prem_rag.jobs.queue import ClaimedJob, JobQueue
from on_prem_rag.retrieve.passage import SearchQuery, SearchResult

_BATCH = 256
_POLL_SECONDS = 0.2
_FINISHED = ("succeeded", "failed", "cancelled")


@contextmanager
def open_scratch(settings: Settings) -> Iterator[LocalScratch]:
    """An empty appliance with these settings in a temporary place beside the data directory."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".scratch-", dir=settings.data_dir) as directory:
        own = {
            "data_dir": Path(directory),
            "database_url": None,
            "db_user": None,
            "chroma_persist_directory": None,
        }
        scratch = LocalScratch(settings.model_copy(update=own), models_from=settings.models_dir)
        try:
            yield scratch
        finally:
            scratch.close()


class LocalScratch:
    """A ScratchAppliance whose answers are extractive."""

    def __init__(self, settings: Settings, *, models_from: Path) -> None:
        models_from.mkdir(parents=True, exist_ok=True)
        settings.models_dir.symlink_to(models_from.resolve())
        self._appliance = Appliance(settings, workers=0, durable=False, query_threads=None)
        parts = self._appliance
        self._queue = JobQueue(parts.database, process_name())
        self._pipeline = IngestPipeline(
            settings, parts.database, parts.originals, parts.sandbox, parts.embedders, self._queue
        )
        self._pool = ThreadPoolExecutor(2)
        self._answers = AnswerService(
            parts.retriever, None, parts.queue, settings=settings, pool=self._pool
        )
        self._collections: dict[str, str] = {}
        with parts.database.write() as session:
            register_model(session, parts.embedders.configured())

    def close(self) -> None:
        """Close everything; the directory is the caller's."""
        self._pool.shutdown()
        self._appliance.stop()

    def add_files(
        self, collection: str, files: Sequence[Path], progress: Callable[[int], None]
    ) -> list[str]:
        """Ingest files as uploads are, by a worker in this process."""
        collection_id = self._collection(collection)
        names = {self._upload(collection_id, path): path.name for path in files}
        worker = Worker(
            self._appliance.database, self._queue, self._pipeline, self._appliance.embedders, {}
        )
        thread = Thread(target=worker.run, name="scratch-worker")
        thread.start()
        try:
            while (done := self._finished()) < len(names):
                progress(done)
                time.sleep(_POLL_SECONDS)
        finally:
            worker.stop()
            thread.join()
        self._appliance.projector.run_until_current()
        with self._appliance.database.read() as session:
            failed = session.scalars(select(Job).where(Job.status != "succeeded"))
            return [f"{names[job.id]}: {job.error_message}" for job in failed]

    def add_documents(
        self,
        collection: str,
        documents: Sequence[ScratchDocument],
        progress: Callable[[int], None],
    ) -> None:
        """Store documents of one paragraph, a batch at a time."""
        collection_id = self._collection(collection)
        for start in range(0, len(documents), _BATCH):
            progress(start)
            batch = documents[start : start + _BATCH]
            with self._appliance.database.write() as session:
                jobs = [self._claimed(session, collection_id, document) for document in batch]
            prepared = [
                self._pipeline.split(job, _parsed(document), document.name)
                for job, document in zip(jobs, batch, strict=True)
                if document.text.strip()
            ]
            self._pipeline.embed(prepared)
            for item in prepared:
                self._pipeline.store(item)
        self._appliance.projector.run_until_current()

    def search(self, collection: str, query: SearchQuery) -> SearchResult:
        """Search one collection."""
        bounded = replace(query, collection_ids=(self._collections[collection],))
        return self._appliance.retriever.search(OPERATOR, bounded)

    def answer(self, collection: str, question: str) -> GivenAnswer:
        """Answer from one collection, without a model."""
        bounds = Bounds(collection_ids=(self._collections[collection],))
        events = asyncio.run(_collect(self._answers, question, bounds))
        done = events[-1]
        text = "".join(event.text for event in events if isinstance(event, Token))
        if not isinstance(done, Done):
            return GivenAnswer(text, "", 0.0)
        found = 0.0 if done.mode == "not_found" else done.confidence
        return GivenAnswer(text, done.short_answer or "", found)

    def _collection(self, name: str) -> str:
        if name not in self._collections:
            with self._appliance.database.write() as session:
                summary = self._appliance.collections.create(session, OPERATOR, name)
                self._collections[name] = summary.collection.id
        return self._collections[name]

    def _upload(self, collection_id: str, path: Path) -> str:
        data = path.read_bytes()
        with self._appliance.database.write() as session:
            upload = self._add(session, collection_id, path.name, data)
            return upload.job.id if upload.job is not None else ""

    def _add(self, session: Session, collection_id: str, name: str, data: bytes) -> Upload:
        with self._appliance.originals.stage(len(data)) as staged:
            staged.write(data)
            return self._appliance.documents.add(session, OPERATOR, collection_id, name, staged)

    def _finished(self) -> int:
        with self._appliance.database.read() as session:
            query = select(func.count()).select_from(Job).where(Job.status.in_(_FINISHED))
            return session.scalar(query) or 0

    def _claimed(
        self, session: Session, collection_id: str, document: ScratchDocument
    ) -> ClaimedJob:
        """A document whose job this process holds from the start."""
        upload = self._add(session, collection_id, document.name, document.text.encode())
        if upload.job is None:
            raise ValueError(f"{document.name} stands twice in the golden set")
        job = upload.job
        job.status, job.fence, job.lease_owner = "running", 1, self._queue.owner
        job.lease_expires_at = utc_now()
        ids = job.created_by, collection_id, job.document_id, job.version_id
        return ClaimedJob(job.id, job.kind, 1, 1, *ids, {})


def _parsed(document: ScratchDocument) -> ParsedDocument:
    block = Block("paragraph", Text(document.text))
    return ParsedDocument("text/plain", (block,), title=document.title or None)


async def _collect(answers: AnswerService, question: str, bounds: Bounds) -> list[AnswerEvent]:
    async with aclosing(answers.answer(OPERATOR, question, bounds=bounds)) as events:
        return [event async for event in events]
