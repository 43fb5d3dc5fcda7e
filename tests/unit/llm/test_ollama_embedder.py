from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from tests.ollama_standin import Step, ThreadedStandIn

from on_prem_rag.errors import EmbeddingError
from on_prem_rag.llm.ollama_embedder import OllamaEmbedder

MODEL = "nomic-embed-text:latest"


@pytest.fixture
def embedder(ollama: ThreadedStandIn) -> Iterator[OllamaEmbedder]:
    made = OllamaEmbedder(ollama.url, "nomic-embed-text")
    yield made
    made.close()


def test_fingerprint_is_the_models(ollama: ThreadedStandIn, embedder: OllamaEmbedder) -> None:
    assert ollama.requests == []
    fingerprint = embedder.fingerprint
    assert fingerprint.name == "nomic-embed-text"
    assert fingerprint.digest == ollama.standin.models[MODEL].sha256
    assert fingerprint.dimensions == 64
    assert embedder.max_tokens == 2048
    asked = len(ollama.requests)
    assert embedder.fingerprint is fingerprint
    assert len(ollama.requests) == asked


def test_order_batches_and_length(embedder: OllamaEmbedder, ollama: ThreadedStandIn) -> None:
    texts = [f"text number {index} " + "word " * (index % 7) for index in range(75)]
    vectors = embedder.embed_documents(texts)
    assert vectors.shape == (75, 64)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    for index in (0, 31, 32, 74):
        np.testing.assert_allclose(embedder.embed_query(texts[index]), vectors[index], atol=1e-6)
    sizes = [len(json.loads(r.body)["input"]) for r in ollama.requests if r.path == "/api/embed"]
    assert max(sizes) == 32


def test_no_texts(embedder: OllamaEmbedder) -> None:
    assert embedder.embed_documents([]).shape == (0, 64)


def test_blank_texts_among_others(embedder: OllamaEmbedder) -> None:
    vectors = embedder.embed_documents(["", "words", "  \n"])
    np.testing.assert_allclose(vectors[0], vectors[2])
    assert not np.allclose(vectors[0], vectors[1])


def test_vectors_are_normalised_here(
    embedder: OllamaEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = embedder.embed_query("words")
    monkeypatch.setattr(
        "tests.ollama_standin.embedding._floats", lambda v: [float(x) * 3 for x in v]
    )
    np.testing.assert_allclose(embedder.embed_query("words"), plain, atol=1e-6)


def test_a_replaced_model_stops_it(ollama: ThreadedStandIn, embedder: OllamaEmbedder) -> None:
    embedder.embed_query("words")
    models = ollama.standin.models
    models[MODEL] = replace(models[MODEL], digest="f" * 64)
    with pytest.raises(EmbeddingError, match="replaced"):
        embedder.embed_query("words")


def test_a_missing_model(ollama: ThreadedStandIn) -> None:
    embedder = OllamaEmbedder(ollama.url, "nope")
    with pytest.raises(EmbeddingError, match="no model 'nope'"):
        _ = embedder.fingerprint
    embedder.close()


def test_a_chat_model(ollama: ThreadedStandIn) -> None:
    embedder = OllamaEmbedder(ollama.url, "mistral:7b")
    with pytest.raises(EmbeddingError, match="501"):
        embedder.embed_query("words")
    embedder.close()


def test_first_use_may_fail_and_be_tried_again(
    ollama: ThreadedStandIn, embedder: OllamaEmbedder
) -> None:
    ollama.script(Step("server_error", path="/api/tags"))
    with pytest.raises(EmbeddingError):
        embedder.embed_query("words")
    assert embedder.embed_query("words").shape == (64,)


def test_long_texts_are_cut_and_logged(embedder: OllamaEmbedder) -> None:
    # A handler of its own: what other tests do to the root logger must not matter here.
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign]
    logger = logging.getLogger("on_prem_rag.llm.ollama_embedder")
    earlier = logger.level, logger.disabled
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)
    logger.disabled = False
    try:
        assert embedder.embed_query("word " * 5000).shape == (64,)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(earlier[0])
        logger.disabled = earlier[1]
    assert any("is cut at 2048" in record.getMessage() for record in records)


def test_many_threads(embedder: OllamaEmbedder) -> None:
    expected = embedder.embed_query("words")
    results: list[np.ndarray] = []

    def ask() -> None:
        results.extend(embedder.embed_query("words") for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 40
    assert all(np.array_equal(result, expected) for result in results)


def test_close_leaves_no_thread(ollama: ThreadedStandIn) -> None:
    embedder = OllamaEmbedder(ollama.url, "nomic-embed-text")
    embedder.embed_query("words")
    embedder.close()
    assert "ollama-embedder" not in {thread.name for thread in threading.enumerate()}
