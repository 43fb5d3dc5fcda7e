"""The object graph of a server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from on_prem_rag.access.limits import LimitBook
from on_prem_rag.access.private import open_private_collection
from on_prem_rag.answer.conversation import ConversationAnswers
from on_prem_rag.answer.service import AnswerService
from on_prem_rag.answer.witness import AuditWitness
from on_prem_rag.audit.receipts import ReceiptBook
from on_prem_rag.auth.passwords import Passwords
from on_prem_rag.auth.service import AuthService
from on_prem_rag.auth.tokens import AccessTokens
from on_prem_rag.bootstrap.check import CheckRunner
from on_prem_rag.bootstrap.parts import (
    default_limits,
    finish_restore,
    open_current_database,
    retention,
    secret_keys,
)
from on_prem_rag.bootstrap.people import UserRemoval
from on_prem_rag.bootstrap.proof import DeletionProof
from on_prem_rag.config import Settings
from on_prem_rag.conversations.erasure import erase_document
from on_prem_rag.conversations.service import ConversationService
from on_prem_rag.db import migrate
from on_prem_rag.db.session import Database
from on_prem_rag.documents.collections import CollectionService
from on_prem_rag.documents.originals import Originals
from on_prem_rag.documents.quota import UploadQuota
from on_prem_rag.documents.repository import DocumentRepository
from on_prem_rag.documents.reserve import Reserve
from on_prem_rag.documents.service import DocumentService, follow_job_end
from on_prem_rag.errors import AppError, ServiceUnavailable
from on_prem_rag.index.erasure import Eraser
from on_prem_rag.index.history import follow_history
from on_prem_rag.index.owner import IndexSlot
from on_prem_rag.index.projector import Projector, ProjectorThread
from on_prem_rag.index.serving import ServingIndex
from on_prem_rag.ingest.sandbox import Sandbox
from on_prem_rag.jobs.queue import release_gone
from on_prem_rag.jobs.service import JobService
from on_prem_rag.jobs.supervisor import WorkerSupervisor
from on_prem_rag.llm.embedders import EmbedderPool
from on_prem_rag.llm.fallback import FallbackGenerator
from on_prem_rag.llm.ollama import OllamaGenerator
from on_prem_rag.llm.protocols import Embedder, Generator
from on_prem_rag.llm.queue import GenerationQueue
from on_prem_rag.monitoring.health import Check, Health
from on_prem_rag.monitoring.watcher import Watcher
from on_prem_rag.retrieve.retriever import Retriever
from on_prem_rag.settings.service import RuntimeSettings

_POOL_THREADS = 16
_RECOVER_SECONDS = 15.0
_TEND_SECONDS = 3.0


class Appliance:
    """Everything a server process holds. ``start`` opens it for work, ``stop`` closes it.

    Construction takes the index slot and migrates SQLite; it raises DataDirectoryInUse when another
    server owns the data directory. ``workers`` overrides WORKER_PROCESSES; ``durable=False`` is for
    scratch data. A question is embedded by ``query_threads`` threads: one serves many people best.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        workers: int | None = None,
        durable: bool = True,
        query_threads: int | None = 1,
    ) -> None:
        self.settings = settings
        finish_restore(settings)
        self.slot = IndexSlot.acquire(settings.index_dir, settings.index_slots)
        self.database = open_current_database(settings, durable=durable)
        self.runtime = RuntimeSettings(self.database, settings)
        self.reserve = Reserve(settings.reserve_path)
        self.originals = Originals(settings.originals_dir, durable=durable)
        self.repository = DocumentRepository()
        self.collections = CollectionService(self.repository)
        receipts = ReceiptBook(retention(settings))
        self.documents = DocumentService(self.originals, self.repository, receipts)
        self.documents.deletion_hooks.append(erase_document)
        self.upload_quota = UploadQuota(LimitBook(default_limits(settings)))
        self.documents.admission_hooks.append(self.upload_quota.admit)
        self.jobs = JobService(on_cancelled=follow_job_end)
        self.sandbox = Sandbox()
        self.embedders = EmbedderPool(settings, threads=query_threads)
        self.auth = _auth(settings, self.database)
        self.auth.users.creation_hooks.append(open_private_collection)
        self.user_removal = UserRemoval(self.database, self.auth.users, self.documents)
        self.projector = _projector(settings, self.database, self.slot)
        self.eraser = Eraser(
            self.database, self.projector, self.slot, self.documents.sweep_originals
        )
        self.projector_thread = ProjectorThread(self.projector, when_idle=self.eraser.step)
        self.proof = DeletionProof(self.database, self.projector, self.originals)
        self.check = CheckRunner(
            self.database, self.projector, self.documents, self.slot.directory / "last-check.json"
        )
        self.index = ServingIndex(self.projector, self.embedders.for_name)
        self.retriever = Retriever(self.database, self.index)
        self.ollama = _ollama(settings)
        self.generator = _generator(settings, self.ollama)
        self.queue = GenerationQueue(
            settings.generation_concurrency, settings.generation_max_waiting
        )
        self._pool = ThreadPoolExecutor(_POOL_THREADS, thread_name_prefix="work")
        self.conversations = ConversationService(receipts)
        self.witness = AuditWitness(self.database)
        self.answers = self._answer_service()
        self.conversation_answers = ConversationAnswers(
            self.database, self.answers, pool=self._pool, conversations=self.conversations
        )
        count = settings.worker_processes if workers is None else workers
        self.supervisor = WorkerSupervisor(["worker", "--child"], count, settings.as_environment())
        self.health = Health(self._checks())
        self._stops_at: float | None = None
        self.watcher = Watcher(self.health, self.ollama.vram)

    def start(self) -> None:
        """Start the workers and the projector without waiting for them."""
        self.originals.sweep_staged()
        self.reserve.tend()
        release_gone(self.database, blameless=True)
        self.supervisor.start()
        self.projector_thread.start()
        self.check.start_schedule()

    async def recover_answers(self) -> None:
        """Now and then mark answers whose process died; runs until cancelled."""
        while True:
            await self.conversation_answers.recover()
            await asyncio.sleep(_RECOVER_SECONDS)

    async def tend_reserve(self) -> None:
        """Look at the room on the disk every few seconds; runs until cancelled."""
        while True:
            await asyncio.to_thread(self.reserve.tend)
            await asyncio.sleep(_TEND_SECONDS)

    def drain(self) -> None:
        """The server stops: streams without an end close, answers have a while to be finished."""
        self._stops_at = time.monotonic() + self.settings.shutdown_timeout

    @property
    def draining(self) -> bool:
        """Whether the server was told to stop."""
        return self._stops_at is not None

    async def close_answers(self) -> None:
        """Let answers be finished while there is time, interrupt the others; on the event loop.

        Then closes the model's connections.
        """
        await self.conversation_answers.close((self._stops_at or 0.0) - time.monotonic())
        await self.generator.close()

    def stop(self) -> None:
        """End children and threads, close the indexes, give the slot back."""
        self.supervisor.stop()
        self.check.close()
        if self.projector_thread.ident is not None:
            self.projector_thread.close()
        else:
            self.projector.close()
        self.index.close()
        self._pool.shutdown(cancel_futures=True)
        self.sandbox.close()
        self.embedders.close()
        self.database.close()
        self.reserve.close()
        self.slot.release()

    def _answer_service(self) -> AnswerService:
        return AnswerService(
            self.retriever,
            self.generator,
            self.queue,
            settings=self.settings,
            pool=self._pool,
            embedder=self._find_embedder,
            witness=self.witness,
            values=self.runtime.current,
        )

    def _find_embedder(self) -> Embedder | None:
        try:
            return self.index.embedder
        except AppError:
            return None

    def _checks(self) -> Mapping[str, Check]:
        return {
            "database": self.database.ping,
            "schema": self._require_current_schema,
            "lexical": self.index.require_lexical,
            "vector_db": self.index.require_dense,
            "embedding": lambda: _touch(self.index.embedder),
            "ollama": self.ollama.ping,
            "worker": self._require_workers,
        }

    def _require_current_schema(self) -> None:
        if not migrate.is_current(self.database):
            raise ServiceUnavailable("The database's schema is not current.")

    def _require_workers(self) -> None:
        alive, wanted = self.supervisor.alive, self.supervisor.wanted
        if alive < wanted:
            raise ServiceUnavailable(f"{alive} of {wanted} workers run.")


def _auth(settings: Settings, database: Database) -> AuthService:
    current, *earlier = secret_keys(settings)
    tokens = AccessTokens(
        current,
        earlier=earlier,
        algorithm=settings.jwt_algorithm,
        lifetime=settings.jwt_expiration,
    )
    timeout = timedelta(hours=settings.session_timeout_hours)
    return AuthService(database, tokens, Passwords(), session_timeout=timeout)


def _projector(settings: Settings, database: Database, slot: IndexSlot) -> Projector:
    follow_history(database, slot, settings.chroma_persist_directory)
    return Projector(
        database,
        slot,
        private_threshold=settings.private_vectors_threshold,
        chroma_directory=settings.chroma_persist_directory,
    )


def _generator(settings: Settings, ollama: OllamaGenerator) -> Generator:
    fallback = settings.fallback_model
    return FallbackGenerator(ollama, fallback) if fallback else ollama


def _ollama(settings: Settings) -> OllamaGenerator:
    return OllamaGenerator(
        settings.ollama_endpoint,
        connect_timeout=settings.ollama_connect_timeout,
        first_token_timeout=settings.ollama_first_token_timeout,
        between_tokens_timeout=settings.ollama_between_tokens_timeout,
        total_timeout=settings.ollama_total_timeout,
    )


def _touch(_: object) -> None:
    """A check needs a plain function; reading the property is the check."""
