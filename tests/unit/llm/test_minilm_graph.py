"""The graph's numbers against an encoder written out in numpy, and int8 against fp32."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from on_prem_rag.llm import minilm
from on_prem_rag.llm.canary import canary_texts
from on_prem_rag.llm.minilm_graph import Precision, build_graph, quantise_columns


@cache
def weights() -> dict[str, NDArray[np.float32]]:
    return load_file(minilm._package_file("model.safetensors", minilm.WEIGHTS_SHA256))


@cache
def session(precision: Precision) -> Any:
    return minilm.onnxruntime().InferenceSession(
        build_graph(weights(), precision), providers=["CPUExecutionProvider"]
    )


@cache
def tokenised() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    path = minilm._package_file("tokenizer.json", minilm.TOKENIZER_SHA256)
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_padding()
    encodings = tokenizer.encode_batch(list(canary_texts()))
    ids = np.array([e.ids for e in encodings], dtype=np.int32)
    return ids, np.array([e.attention_mask for e in encodings], dtype=np.int32)


def embedded(precision: Precision, rows: slice = slice(None)) -> NDArray[np.float32]:
    ids, mask = tokenised()
    vectors: NDArray[np.float32] = session(precision).run(
        None, {"token_ids": ids[rows], "mask": mask[rows]}
    )[0]
    return vectors


def reference(ids: NDArray[np.int32]) -> NDArray[np.float64]:
    """One unpadded text by the textbook: embeddings, six encoder layers, mean, L2."""
    w = {name: values.astype(np.float64) for name, values in weights().items()}

    def norm(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        centred = x - x.mean(-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return centred / deviation * w[f"{name}.weight"] + w[f"{name}.bias"]

    def dense(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def gelu(x: NDArray[np.float64]) -> NDArray[np.float64]:
        erf = np.vectorize(math.erf)
        return 0.5 * x * (1 + erf(x / np.sqrt(2)))

    prefix = "embeddings"
    x = w[f"{prefix}.word_embeddings.weight"][ids]
    x = x + w[f"{prefix}.position_embeddings.weight"][: len(ids)]
    x = norm(x + w[f"{prefix}.token_type_embeddings.weight"][0], f"{prefix}.LayerNorm")
    for layer in range(6):
        p = f"encoder.layer.{layer}"
        q, k, v = (
            dense(x, f"{p}.attention.self.{part}").reshape(-1, 12, 32).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = np.exp(q @ k.transpose(0, 2, 1) / np.sqrt(32))
        scores /= scores.sum(-1, keepdims=True)
        context = (scores @ v).transpose(1, 0, 2).reshape(-1, 384)
        x = norm(
            dense(context, f"{p}.attention.output.dense") + x, f"{p}.attention.output.LayerNorm"
        )
        wide = gelu(dense(x, f"{p}.intermediate.dense"))
        x = norm(dense(wide, f"{p}.output.dense") + x, f"{p}.output.LayerNorm")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


def test_fp32_is_the_published_model() -> None:
    ids, mask = tokenised()
    expected = reference(ids[1][: mask[1].sum()])
    np.testing.assert_allclose(embedded("fp32")[1], expected, atol=2e-6)


def test_int8_stays_close_to_fp32() -> None:
    cosines = np.sum(embedded("int8") * embedded("fp32"), axis=1)
    assert cosines.min() >= 0.98
    assert cosines.mean() >= 0.99


def test_padding_changes_fp32_by_nothing_and_int8_by_little() -> None:
    for precision, least in (("fp32", 0.99999), ("int8", 0.99)):
        together = embedded(precision)  # type: ignore[arg-type]
        alone = embedded(precision, slice(0, 1))  # type: ignore[arg-type]
        assert float(together[0] @ alone[0]) >= least


def test_equal_weights_give_an_equal_graph() -> None:
    assert build_graph(weights()) == build_graph(weights())


def test_each_column_has_its_own_scale() -> None:
    matrix = np.array([[1.0, 100.0, 0.0], [-0.5, 50.0, 0.0]], dtype=np.float32)
    values, scales = quantise_columns(matrix)
    assert values.tolist() == [[127, 127, 0], [-64, 64, 0]]
    np.testing.assert_allclose(values * scales, matrix, atol=0.5)
    np.testing.assert_allclose(values[:, 0] * scales[0], matrix[:, 0], atol=0.005)
