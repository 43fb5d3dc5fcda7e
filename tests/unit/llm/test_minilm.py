"""The bundled embedder: its file, its numbers and its order of meaning."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from on_prem_rag.errors import EmbeddingError
from on_prem_rag.llm import minilm
from on_prem_rag.llm.minilm import DIMENSIONS, MAX_TOKENS, MiniLMEmbedder


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def embedder(models_dir: Path) -> Iterator[MiniLMEmbedder]:
    made = MiniLMEmbedder(models_dir, threads=2)
    yield made
    made.close()


def graphs(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.onnx"))


@pytest.mark.parametrize(
    ("question", "near", "far"),
    [
        (
            "How many days off do I get?",
            "Every employee is entitled to 30 days of paid annual leave.",
            "The pump's pressure must not exceed six bar.",
        ),
        (
            "Who pays for a broken laptop?",
            "Damage to company computers is covered by the IT department's budget.",
            "Dogs are allowed in the office on Fridays.",
        ),
        (
            "revenue in 2022",
            "Net sales for fiscal year 2022 amounted to 3.2 billion dollars.",
            "Our founder was born in a small village by the sea.",
        ),
    ],
)
def test_meaning_decides_the_order(
    embedder: MiniLMEmbedder, question: str, near: str, far: str
) -> None:
    query = embedder.embed_query(question)
    close, distant = embedder.embed_documents([near, far]) @ query
    assert close > distant + 0.2


def test_tokens_are_counted_exactly_and_never_cut(embedder: MiniLMEmbedder) -> None:
    assert embedder.count_tokens("") == 0
    assert embedder.count_tokens("the unbelievable embedder") == 5
    assert embedder.count_tokens("word " * 1000) == 1000


def test_what_is_too_long_is_cut_at_its_end(embedder: MiniLMEmbedder) -> None:
    head = "pump " * (MAX_TOKENS - 2)
    same = embedder.embed_documents([head, head + "holiday " * 500])
    assert float(same[0] @ same[1]) > 0.999
    assert float(embedder.embed_query("holiday " + head) @ same[0]) < 0.999


def test_the_graph_is_built_once(embedder: MiniLMEmbedder, models_dir: Path) -> None:
    (path,) = graphs(models_dir)
    before = path.stat().st_mtime_ns
    MiniLMEmbedder(models_dir, threads=1).close()
    assert graphs(models_dir) == [path]
    assert path.stat().st_mtime_ns == before


def test_a_damaged_graph_is_built_anew(embedder: MiniLMEmbedder, models_dir: Path) -> None:
    (path,) = graphs(models_dir)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    again = MiniLMEmbedder(models_dir, threads=1)
    assert path.read_bytes() == content
    np.testing.assert_array_equal(again.embed_query("a"), embedder.embed_query("a"))


def _build(folder: Path) -> None:
    MiniLMEmbedder(folder, threads=1).close()


def test_two_processes_build_one_graph(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    builders = [context.Process(target=_build, args=(tmp_path,)) for _ in range(2)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join(60)
    assert [builder.exitcode for builder in builders] == [0, 0]
    assert len(graphs(tmp_path)) == 1
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".minilm-")] == []


def test_a_wrong_hash_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(EmbeddingError, match=r"model\.safetensors is damaged"):
        MiniLMEmbedder(tmp_path)
    assert graphs(tmp_path) == []


def test_missing_weights_are_said_to_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(minilm, "_PACKAGE", "no-such-distribution")
    with pytest.raises(EmbeddingError, match="is missing"):
        MiniLMEmbedder(tmp_path)


def test_a_folder_that_cannot_be_made_is_an_embedding_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddingError, match="cannot be stored"):
        MiniLMEmbedder(tmp_path / "file" / "models")


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (np.full((1, DIMENSIONS), np.nan, dtype=np.float32), "not numbers"),
        (np.ones((1, 7), dtype=np.float32), "shape"),
    ],
)
def test_unusable_vectors_are_refused(
    models_dir: Path, vectors: np.ndarray, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = MiniLMEmbedder(models_dir, threads=1)
    session = SimpleNamespace(run=lambda *_: [vectors])
    monkeypatch.setattr(broken, "_session", session)
    with pytest.raises(EmbeddingError, match=message):
        broken.embed_query("a")


def test_processors_without_vnni_get_precise_products(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(minilm.platform, "machine", lambda: "aarch64")
    assert not minilm._overflows()
    monkeypatch.setattr(minilm.platform, "machine", lambda: "x86_64")
    assert minilm._overflows() == ("vnni" not in Path("/proc/cpuinfo").read_text())


def test_the_runtime_reports_nothing_and_leaves_no_identifier(
    models_dir: Path, embedder: MiniLMEmbedder, tmp_path: Path
) -> None:
    code = (
        "import sys; from pathlib import Path; from on_prem_rag.llm.minilm import MiniLMEmbedder\n"
        "MiniLMEmbedder(Path(sys.argv[1]), threads=1).embed_query('hello')\n"
        "import os; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    )
    # As on a user's machine: continuous integration is spared the reporting anyway.
    kept = {k: v for k, v in os.environ.items() if k not in ("CI", "GITHUB_ACTIONS")}
    environment = {**kept, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", code, str(models_dir)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "1"
    assert list(tmp_path.iterdir()) == []
