"""How fast the bundled embedder is, and what int8 gains over fp32 in the same run.

    python -m benchmarks.embedding [--passages 240] [--threads 2]

Passages of about 166 tokens are cut from the evaluation data's English corpus (RAG_EVAL_DATA).
The variants take turns, so that a busy machine slows both; each figure is the best of its rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from on_prem_rag.llm import minilm
from on_prem_rag.llm.minilm import MiniLMEmbedder
from on_prem_rag.llm.minilm_graph import build_graph

WORDS_PER_PASSAGE = 127
"""Makes 166 tokens on average in this corpus."""
ROUNDS = 3
QUESTION = "what is the ideal cycle a steam engine is described by"


def passages(count: int) -> list[str]:
    """``count`` passages of 127 words from the corpus of wiki_qa."""
    default = Path(__file__).parents[2] / "shared/data/dev"
    root = Path(os.environ.get("RAG_EVAL_DATA") or default)
    path = root / "retrieval/wiki_qa/corpus.jsonl"
    if not path.exists():
        raise SystemExit(f"no evaluation data at {path}; set RAG_EVAL_DATA")
    words: list[str] = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            words += json.loads(line)["text"].split()
            if len(words) >= count * WORDS_PER_PASSAGE:
                break
    starts = range(0, count * WORDS_PER_PASSAGE, WORDS_PER_PASSAGE)
    return [" ".join(words[start : start + WORDS_PER_PASSAGE]) for start in starts]


def fp32_embedder(models_dir: Path, threads: int) -> MiniLMEmbedder:
    """The same embedder over the graph that is not quantised."""
    embedder = MiniLMEmbedder(models_dir, threads)
    weights = load_file(minilm._package_file("model.safetensors", minilm.WEIGHTS_SHA256))
    onnxruntime = minilm.onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    embedder._session = onnxruntime.InferenceSession(
        build_graph(weights, "fp32"), options, providers=["CPUExecutionProvider"]
    )
    return embedder


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=240)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    texts = passages(arguments.passages)
    with tempfile.TemporaryDirectory() as folder:
        built = seconds(lambda: MiniLMEmbedder(Path(folder), arguments.threads).close())
        opened = seconds(lambda: MiniLMEmbedder(Path(folder), arguments.threads).close())
        int8 = MiniLMEmbedder(Path(folder), arguments.threads)
        fp32 = fp32_embedder(Path(folder), arguments.threads)
    tokens = sum(int8.count_tokens(text) for text in texts) / len(texts)
    best = {"int8": 0.0, "fp32": 0.0}
    query: dict[str, list[float]] = {"int8": [], "fp32": []}
    for _ in range(ROUNDS):
        for name, embedder in (("int8", int8), ("fp32", fp32)):
            taken = seconds(lambda e=embedder: e.embed_documents(texts))  # type: ignore[misc]
            best[name] = max(best[name], len(texts) / taken)
            for _ in range(100):
                query[name].append(
                    seconds(lambda e=embedder: e.embed_query(QUESTION))  # type: ignore[misc]
                )
    pairs = np.sum(int8.embed_documents(texts) * fp32.embed_documents(texts), axis=1)
    print(f"{len(texts)} passages of {tokens:.0f} tokens, {arguments.threads} threads")
    print(f"first start {built:.2f} s (builds the graph), later starts {opened:.2f} s")
    for name, rate in best.items():
        p50, p95 = np.quantile(query[name], [0.5, 0.95]) * 1000
        print(f"{name}: {rate:.0f} passages/s, query p50 {p50:.2f} ms, p95 {p95:.2f} ms")
    print(f"int8 over fp32: {best['int8'] / best['fp32']:.2f} times as fast")
    print(f"cosine of int8 to fp32: mean {pairs.mean():.4f}, least {pairs.min():.4f}")


if __name__ == "__main__":
    main()
