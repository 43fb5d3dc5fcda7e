"""Builds the ONNX graph of all-MiniLM-L6-v2 from its published weights.

The graph is a BERT encoder (Devlin et al., 2018; six layers of the MiniLM distillation, Wang et
al., 2020) written with onnxruntime's fused operators, followed by mean pooling over the real tokens
and L2 normalisation as Sentence-BERT does (Reimers and Gurevych, 2019). In ``int8`` the weights of
every projection carry one scale per output channel and the activations are quantised as they come;
the word embeddings carry one scale per word, which makes the model 23 MB instead of 90.

    token_ids (batch, length) int32 ─┐
    mask      (batch, length) int32 ─┴─► embeddings ─► 6 × (attention, feed forward) ─► mean ─► L2
                                                          embedding (batch, 384) float32 ◄──────┘
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Precision = Literal["int8", "fp32"]
Weights = Mapping[str, NDArray[np.float32]]

HIDDEN = 384
HEADS = 12
LAYERS = 6
MAX_POSITIONS = 256
LAYER_NORM_EPSILON = 1e-12
FUSED = "com.microsoft"


def build_graph(weights: Weights, precision: Precision = "int8") -> bytes:
    """The serialised ONNX model of ``weights`` (names as in the published safetensors file)."""
    graph = _Encoder(weights, precision)
    hidden = graph.embeddings()
    for layer in range(LAYERS):
        hidden = graph.feed_forward(layer, graph.attention(layer, hidden))
    graph.pool(hidden)
    return graph.serialise()


def quantise_columns(
    matrix: NDArray[np.float32],
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Symmetric int8 with one scale per column: ``matrix ≈ values * scales``."""
    peak = np.abs(matrix).max(axis=0)
    scales = (np.where(peak == 0, 1, peak) / 127).astype(np.float32)
    return np.rint(matrix / scales).astype(np.int8), scales


class _Encoder:
    """Collects nodes and initialisers; each method adds one stage and returns its output's name."""

    def __init__(self, weights: Weights, precision: Precision) -> None:
        self._weights = weights
        self._int8 = precision == "int8"
        self._nodes: list[onnx.NodeProto] = []
        self._initialisers: list[onnx.TensorProto] = []

    def embeddings(self) -> str:
        """Word plus position embeddings, normalised. All tokens are of segment 0."""
        words = self._weights["embeddings.word_embeddings.weight"]
        positions = (
            self._weights["embeddings.position_embeddings.weight"][:MAX_POSITIONS]
            + self._weights["embeddings.token_type_embeddings.weight"][0]
        )
        norm = self._layer_norm("embeddings.LayerNorm")
        if not self._int8:
            inputs = ["token_ids", "", self._constant("words", words)]
            inputs += [self._constant("positions", positions), "", *norm]
            self._add(
                "EmbedLayerNormalization",
                inputs,
                ["embedded", "unused_mask_index"],
                domain=FUSED,
                epsilon=LAYER_NORM_EPSILON,
            )
            return "embedded"
        values, scales = quantise_columns(words.T)
        rows = self._add("Gather", [self._constant("words", values.T), "token_ids"], "word_rows")
        floats = self._add("Cast", [rows], "word_floats", to=TensorProto.FLOAT)
        scale = self._constant("word_scales", scales[:, None])
        scale = self._add("Gather", [scale, "token_ids"], "word_scale_rows")
        scaled = self._add("Mul", [floats, scale], "word_vectors")
        length = self._add("Shape", ["token_ids"], "length", start=1, end=2)
        first = self._constant("first_position", np.array([0], dtype=np.int64))
        table = self._constant("positions", positions)
        places = self._add("Slice", [table, first, length], "position_vectors")
        total = self._add("Add", [scaled, places], "embedding_sum")
        return self._add(
            "LayerNormalization", [total, *norm], "embedded", epsilon=LAYER_NORM_EPSILON
        )

    def attention(self, layer: int, hidden: str) -> str:
        """Multi-head self-attention with its output projection, residual and normalisation."""
        prefix = f"encoder.layer.{layer}.attention"
        parts = [f"{prefix}.self.{part}" for part in ("query", "key", "value")]
        matrix = np.concatenate([self._weights[f"{part}.weight"].T for part in parts], axis=1)
        bias = np.concatenate([self._weights[f"{part}.bias"] for part in parts])
        bias_name = self._constant(f"{prefix}.bias", bias)
        if self._int8:
            context = self._quantised_attention(prefix, hidden, matrix, bias_name)
        else:
            weight = self._constant(f"{prefix}.weight", matrix)
            inputs = [hidden, weight, bias_name, "mask"]
            context = self._add(
                "Attention", inputs, f"{prefix}.context", domain=FUSED, num_heads=HEADS
            )
        return self._project_and_add(f"{prefix}.output", context, hidden)

    def feed_forward(self, layer: int, hidden: str) -> str:
        """The two dense layers around a GELU, residual and normalisation."""
        prefix = f"encoder.layer.{layer}"
        name = f"{prefix}.intermediate.dense"
        matrix = self._weights[f"{name}.weight"].T
        bias = self._constant(f"{name}.bias", self._weights[f"{name}.bias"])
        if self._int8:
            wide = self._quantised_product(name, hidden, matrix, bias)
            active = self._add("Gelu", [wide], f"{name}.gelu", domain=FUSED)
        else:
            wide = self._product(name, hidden, matrix)
            active = self._add("BiasGelu", [wide, bias], f"{name}.gelu", domain=FUSED)
        return self._project_and_add(f"{prefix}.output", active, hidden)

    def pool(self, hidden: str) -> None:
        """Sum of the real tokens' vectors, L2-normalised (the mean's divisor cancels out)."""
        mask = self._add("Cast", ["mask"], "float_mask", to=TensorProto.FLOAT)
        axis = self._constant("pooled_axis", np.array([1], dtype=np.int64))
        row = self._add("Unsqueeze", [mask, axis], "mask_row")
        summed = self._add("MatMul", [row, hidden], "token_sum")
        vector = self._add("Squeeze", [summed, axis], "pooled")
        self._add("LpNormalization", [vector], "embedding", axis=1, p=2)

    def serialise(self) -> bytes:
        """The checked model as bytes; equal weights and builder give an equal graph."""
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT32, ["batch", "length"])
            for name in ("token_ids", "mask")
        ]
        output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", HIDDEN])
        graph = helper.make_graph(
            self._nodes, "all-MiniLM-L6-v2", inputs, [output], self._initialisers
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
        serialised: bytes = model.SerializeToString(deterministic=True)
        return serialised

    def _quantised_attention(
        self, prefix: str, hidden: str, matrix: NDArray[np.float32], bias: str
    ) -> str:
        levels, scale, zero = (f"{prefix}.input_{part}" for part in ("levels", "scale", "zero"))
        self._add("DynamicQuantizeLinear", [hidden], [levels, scale, zero])
        weight, weight_scale, weight_zero = self._quantised_constant(prefix, matrix)
        inputs = [levels, weight, bias, scale, weight_scale, "mask", zero, weight_zero]
        return self._add("QAttention", inputs, f"{prefix}.context", domain=FUSED, num_heads=HEADS)

    def _project_and_add(self, prefix: str, source: str, residual: str) -> str:
        """LayerNorm(source · W + b + residual) with the weights under ``prefix``."""
        name = f"{prefix}.dense"
        product = self._quantised_product if self._int8 else self._product
        projected = product(name, source, self._weights[f"{name}.weight"].T)
        norm = self._layer_norm(f"{prefix}.LayerNorm")
        bias = self._constant(f"{name}.bias", self._weights[f"{name}.bias"])
        return self._add(
            "SkipLayerNormalization",
            [projected, residual, *norm, bias],
            f"{prefix}.normalised",
            domain=FUSED,
            epsilon=LAYER_NORM_EPSILON,
        )

    def _product(self, name: str, source: str, matrix: NDArray[np.float32]) -> str:
        return self._add("MatMul", [source, self._constant(name, matrix)], f"{name}.product")

    def _quantised_product(
        self, name: str, source: str, matrix: NDArray[np.float32], bias: str | None = None
    ) -> str:
        inputs = [source, *self._quantised_constant(name, matrix)]
        if bias is not None:
            inputs.append(bias)
        return self._add("DynamicQuantizeMatMul", inputs, f"{name}.product", domain=FUSED)

    def _quantised_constant(self, name: str, matrix: NDArray[np.float32]) -> tuple[str, str, str]:
        values, scales = quantise_columns(matrix)
        zeros = np.zeros(matrix.shape[1], dtype=np.int8)
        return (
            self._constant(f"{name}.levels", values),
            self._constant(f"{name}.scales", scales),
            self._constant(f"{name}.zeros", zeros),
        )

    def _layer_norm(self, name: str) -> tuple[str, str]:
        return (
            self._constant(f"{name}.weight", self._weights[f"{name}.weight"]),
            self._constant(f"{name}.bias", self._weights[f"{name}.bias"]),
        )

    def _constant(self, name: str, values: NDArray[Any]) -> str:
        self._initialisers.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _add(
        self,
        operator: str,
        inputs: Sequence[str],
        outputs: str | list[str],
        domain: str = "",
        **attributes: Any,
    ) -> str:
        names = [outputs] if isinstance(outputs, str) else outputs
        node = helper.make_node(operator, inputs, names, name=names[0], domain=domain, **attributes)
        self._nodes.append(node)
        return names[0]
