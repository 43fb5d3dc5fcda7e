"""Which model's vectors are served, and when a new one takes over."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Barrier, BrokenBarrierError

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session
from tests.unit.documents.conftest import Library
from tests.unit.documents.test_service import add_chunk

from on_prem_rag.documents.generations import (
    complete_if_filled,
    count_unembedded,
    find_unembedded,
    lacking_vectors,
    register_model,
    serve_again,
    serving_model,
    store_vectors,
    vectors_by_content,
)
from on_prem_rag.documents.models import Chunk, Embedding, EmbeddingModel
from on_prem_rag.llm.protocols import FloatMatrix, FloatVector, ModelFingerprint


@dataclass
class FixedEmbedder:
    """An embedder whose vectors are told; ``turn`` stands for a model that was changed."""

    name: str
    turn: int = 0
    max_tokens: int = 100

    @property
    def fingerprint(self) -> ModelFingerprint:
        return ModelFingerprint(self.name, "digest", 4)

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def embed_documents(self, texts: list[str] | tuple[str, ...]) -> FloatMatrix:  # type: ignore[override]
        vectors = np.zeros((len(texts), 4), dtype=np.float32)
        vectors[:, self.turn] = 1
        return vectors

    def embed_query(self, text: str) -> FloatVector:
        return self.embed_documents([text])[0]

    def close(self) -> None: ...


def fill(session: Session, model: EmbeddingModel) -> None:
    ids = [chunk.chunk_id for chunk in find_unembedded(session, model.id, 100)]
    store_vectors(session, model.id, ids, np.ones((len(ids), 4), dtype=np.float32))


def add_chunks(library: Library, count: int) -> list[str]:
    upload = library.upload("a.txt", b"a")
    with library.database.write() as session:
        return [add_chunk(session, upload, f"text {n}") for n in range(count)]


def test_the_first_model_of_an_empty_store_serves_at_once(library: Library) -> None:
    with library.database.write() as session:
        model = register_model(session, FixedEmbedder("a"))
        serving = serving_model(session)
        assert serving is not None
        assert serving.id == model.id


def test_a_second_model_serves_only_once_it_is_filled(library: Library) -> None:
    with library.database.write() as session:
        first = register_model(session, FixedEmbedder("a"))
    add_chunks(library, 3)
    with library.database.write() as session:
        fill(session, session.get_one(EmbeddingModel, first.id))
        second = register_model(session, FixedEmbedder("b"))
        assert second.complete_at is None
        assert count_unembedded(session, second.id) == 3
        assert not complete_if_filled(session, second)
        fill(session, second)
        assert complete_if_filled(session, second)
        assert serving_model(session) is second


def test_a_model_chosen_again_serves_again_when_it_lacks_nothing(library: Library) -> None:
    with library.database.write() as session:
        first = register_model(session, FixedEmbedder("a"))
        register_model(session, FixedEmbedder("b"))
        serve_again(session, first)
        assert serving_model(session) is first


def test_a_model_that_changed_behind_its_name_is_computed_again(library: Library) -> None:
    with library.database.write() as session:
        register_model(session, FixedEmbedder("a"))
    add_chunks(library, 2)
    with library.database.write() as session:
        model = session.scalars(select(EmbeddingModel)).one()
        fill(session, model)
    with library.database.write() as session:
        changed = register_model(session, FixedEmbedder("a", turn=1))
        assert changed.complete_at is None
        assert session.scalars(select(Embedding)).all() == []


def test_vectors_are_reused_within_a_collection_only(library: Library) -> None:
    with library.database.write() as session:
        model = register_model(session, FixedEmbedder("a"))
    add_chunks(library, 1)
    with library.database.write() as session:
        fill(session, session.get_one(EmbeddingModel, model.id))
        content = session.scalars(select(Chunk.content_sha256)).one()
        own = vectors_by_content(session, library.collection_id, model.id, [content])
        assert list(own) == [content]
        assert vectors_by_content(session, "another", model.id, [content]) == {}


def test_only_chunks_that_exist_and_lack_a_vector_are_filled(library: Library) -> None:
    with library.database.write() as session:
        model = register_model(session, FixedEmbedder("a"))
    chunk_ids = add_chunks(library, 2)
    with library.database.write() as session:
        store_vectors(session, model.id, chunk_ids[:1], np.ones((1, 4), dtype=np.float32))
        assert lacking_vectors(session, model.id, [*chunk_ids, "gone"]) == {chunk_ids[1]}


def test_two_processes_may_register_a_model_at_the_same_moment(library: Library) -> None:
    both = Barrier(2)

    class Meeting(FixedEmbedder):
        def embed_documents(self, texts: list[str] | tuple[str, ...]) -> FloatMatrix:  # type: ignore[override]
            with suppress(BrokenBarrierError):  # SQLite lets one in at a time
                both.wait(1)
            return super().embed_documents(texts)

    def register() -> str:
        with library.database.write() as session:
            return register_model(session, Meeting("a")).id

    with ThreadPoolExecutor(2) as pool:
        ids = [each.result() for each in [pool.submit(register), pool.submit(register)]]
    assert ids[0] == ids[1]
