"""What every Embedder promises, run on each implementation."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from tests.ollama_standin import ThreadedStandIn

from on_prem_rag.errors import EmbeddingError
from on_prem_rag.llm.canary import canary_texts, matches
from on_prem_rag.llm.minilm import MiniLMEmbedder
from on_prem_rag.llm.ollama_embedder import OllamaEmbedder
from on_prem_rag.llm.protocols import Embedder


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(params=["minilm", "ollama"])
def embedder(
    request: pytest.FixtureRequest, models_dir: Path, ollama: ThreadedStandIn
) -> Iterator[Embedder]:
    made: Embedder
    if request.param == "minilm":
        made = MiniLMEmbedder(models_dir, threads=2)
    else:
        made = OllamaEmbedder(ollama.url, "nomic-embed-text")
    yield made
    made.close()


def test_the_fingerprint_tells_the_dimensions_and_stays(embedder: Embedder) -> None:
    fingerprint = embedder.fingerprint
    assert fingerprint.name
    assert fingerprint.digest
    assert embedder.fingerprint == fingerprint
    assert embedder.embed_query("text").shape == (fingerprint.dimensions,)


def test_vectors_are_normalised_float32_in_the_order_of_their_texts(embedder: Embedder) -> None:
    texts = [f"{'word ' * (37 * n % 11)}number {n} of the list" for n in range(21)]
    vectors = embedder.embed_documents(texts)
    assert vectors.shape == (21, embedder.fingerprint.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alone = np.stack([embedder.embed_documents([text])[0] for text in texts])
    assert np.sum(vectors * alone, axis=1).min() >= 0.98
    assert np.argmax(vectors @ alone.T, axis=1).tolist() == list(range(21))


def test_a_query_lies_in_the_space_of_the_documents(embedder: Embedder) -> None:
    query = embedder.embed_query("How long may I park here?")
    assert query.dtype == np.float32
    document = embedder.embed_documents(["How long may I park here?"])[0]
    assert float(query @ document) >= 0.99


def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.embed_documents([]).shape == (0, embedder.fingerprint.dimensions)


@pytest.mark.parametrize("text", ["", " \n", "\x00", "🦩", "語" * 400, "word " * 3000, "x" * 20000])
def test_odd_texts_have_finite_vectors(embedder: Embedder, text: str) -> None:
    vectors = embedder.embed_documents([text, "An ordinary text."])
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_counts_grow_with_the_text(embedder: Embedder) -> None:
    assert embedder.max_tokens >= 256
    assert embedder.count_tokens("") == 0
    one = embedder.count_tokens("A sentence of seven words, more or less.")
    assert 8 <= one <= 20
    assert embedder.count_tokens("A sentence of seven words, more or less. " * 100) >= 90 * one


def test_threads_may_share_it(embedder: Embedder) -> None:
    texts = [f"question number {n}" for n in range(16)]
    expected = [embedder.embed_query(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(embedder.embed_query, texts * 2))
    for vector, wanted in zip(found, expected * 2, strict=True):
        np.testing.assert_allclose(vector, wanted, atol=1e-5)


def test_its_canaries_match_themselves(embedder: Embedder) -> None:
    texts = list(canary_texts())
    one_by_one = np.stack([embedder.embed_query(text) for text in texts])
    assert matches(embedder.embed_documents(texts), embedder.embed_documents(texts))
    assert not matches(one_by_one, np.roll(one_by_one, 1, axis=0))


def test_a_closed_embedder_says_so_and_may_be_closed_again(embedder: Embedder) -> None:
    embedder.embed_query("text")
    embedder.close()
    embedder.close()
    with pytest.raises(EmbeddingError, match="closed"):
        embedder.embed_query("text")
