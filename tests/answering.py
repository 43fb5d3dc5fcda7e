"""A small library, a retriever over it and the services that answer from it, for tests.

The retriever is a stand-in that ranks by rare shared words: tests of answering need passages they
can foresee. Rights are the real ones.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.models import EVERYONE, Collection, Grant
from on_prem_rag.access.permissions import readable_collection_ids
from on_prem_rag.answer.conversation import ConversationAnswers
from on_prem_rag.answer.service import AnswerService
from on_prem_rag.answer.words import content_words
from on_prem_rag.config import Settings
from on_prem_rag.conversations.service import ConversationService
from on_prem_rag.db.base import Base
from on_prem_rag.db.session import Database
from on_prem_rag.documents.models import Document
from on_prem_rag.errors import ServiceUnavailable
from on_prem_rag.llm.fallback import FallbackGenerator
from on_prem_rag.llm.ollama import OllamaGenerator
from on_prem_rag.llm.protocols import Generator
from on_prem_rag.llm.queue import GenerationQueue
from on_prem_rag.retrieve.passage import Passage, SearchQuery, SearchResult

ANNA = Caller(id="anna", username="anna", role="member")
BEN = Caller(id="ben", username="ben", role="member")


def make_passage(
    text: str, *, document: str = "doc.pdf", title: str = "", score: float = 0.9, **changes
) -> Passage:
    """A passage of one chunk on page 1 of a document whose id is its name."""
    values = {
        "chunk_ids": (f"chunk-{document}",),
        "collection_id": "shared",
        "document_id": document,
        "version_id": f"v-{document}",
        "document_name": document,
        "title": title,
        "media_type": "text/plain",
        "heading_path": (),
        "text": text,
        "kind": "paragraph",
        "page_start": 1,
        "page_end": 1,
        "boxes": ((1, 10.0, 20.0, 200.0, 30.0),),
        "score": score,
    }
    return Passage(**{**values, **changes})


class WordRetriever:
    """Ranks passages by the rare words they share with the question; counts its searches."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.passages: list[Passage] = []
        self.queries: list[SearchQuery] = []
        self.broken = False

    def search(self, caller: Caller, query: SearchQuery) -> SearchResult:
        self.queries.append(query)
        if self.broken:
            raise ServiceUnavailable("The index is down.")
        with self.database.read() as session:
            readable = readable_collection_ids(session, caller)
        if query.collection_ids is not None:
            readable &= set(query.collection_ids)
        words = {id(p): set(content_words(f"{p.title} {p.text}")) for p in self.passages}
        frequency = Counter(word for found in words.values() for word in found)
        asked = set(content_words(query.text))
        weight = {w: math.log(1 + len(words) / (0.5 + frequency[w])) for w in asked}
        total = sum(weight.values()) or 1.0
        scored = [
            (sum(weight[w] for w in asked & words[id(p)]) / total, p)
            for p in self.passages
            if p.collection_id in readable
        ]
        scored = sorted((s for s in scored if s[0] > 0), key=lambda s: -s[0])[: query.top_k]
        return SearchResult(
            passages=tuple(passage for _, passage in scored),
            confidence=scored[0][0] if scored else 0.0,
        )


@dataclass
class Desk:
    """Everything one test of answering needs."""

    database: Database
    retriever: WordRetriever
    answers: AnswerService
    talks: ConversationAnswers
    conversations: ConversationService
    queue: GenerationQueue
    pool: ThreadPoolExecutor

    def add(self, text: str, document: str = "doc.pdf", collection: str = "shared", **changes):
        """Put a document of one passage into a collection."""
        with self.database.write() as session:
            if session.get(Document, document) is None:
                session.add(
                    Document(id=document, collection_id=collection, name=document, created_by="x")
                )
        passage = make_passage(text, document=document, collection_id=collection, **changes)
        self.retriever.passages.append(passage)
        return passage

    def start(self, caller: Caller = ANNA) -> str:
        """A new conversation's id."""
        with self.database.write() as session:
            return self.conversations.create(session, caller).id

    def messages(self, conversation_id: str, caller: Caller = ANNA):
        """The conversation as its owner sees it."""
        with self.database.read() as session:
            return self.conversations.messages(session, caller, conversation_id)

    def answers_with(self, **settings) -> AnswerService:
        """Extractive answers with other settings."""
        return AnswerService(
            self.retriever, None, self.queue, settings=Settings(**settings), pool=self.pool
        )

    def close_collection(self, collection: str = "shared") -> None:
        """Take everybody's grant away."""
        with self.database.write() as session:
            session.query(Grant).filter(Grant.collection_id == collection).delete()

    def another(self, generator: Generator | None = None) -> ConversationAnswers:
        """A second replica over the same database."""
        answers = AnswerService(
            self.retriever, generator, self.queue, settings=Settings(), pool=self.pool
        )
        return ConversationAnswers(self.database, answers, pool=self.pool)


@asynccontextmanager
async def open_desk(
    database_url: str,
    endpoint: str | None = None,
    *,
    fallback: str | None = None,
    concurrency: int = 4,
    timeouts: dict[str, float] | None = None,
    **settings,
) -> AsyncIterator[Desk]:
    """A desk with a shared and a secret collection, and Ollama at ``endpoint`` (None: no model)."""
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        for name in ("shared", "secret"):
            session.add(Collection(id=name, name=name, owner_id="nobody"))
        session.flush()
        session.add(Grant(collection_id="shared", principal=EVERYONE, level="reader"))
    generator: Generator | None = None
    if endpoint is not None:
        generator = OllamaGenerator(endpoint, **(timeouts or {}))
        if fallback is not None:
            generator = FallbackGenerator(generator, fallback)
    retriever = WordRetriever(database)
    queue = GenerationQueue(concurrency, 50)
    pool = ThreadPoolExecutor(8)
    answers = AnswerService(retriever, generator, queue, settings=Settings(**settings), pool=pool)
    talks = ConversationAnswers(database, answers, pool=pool)
    try:
        yield Desk(database, retriever, answers, talks, ConversationService(), queue, pool)
    finally:
        await talks.close()
        if generator is not None:
            await generator.close()
        pool.shutdown()
        database.close()


async def collect(events) -> list:
    """Every event of a stream."""
    return [event async for event in events]


def text_of(events) -> str:
    """The answer's text from typed or stored events."""
    return "".join(
        event.text if hasattr(event, "text") else event.data["text"]
        for event in events
        if event.type == "token"
    )
