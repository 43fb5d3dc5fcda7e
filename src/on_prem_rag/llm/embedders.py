"""Chooses and keeps the embedders of this process."""

from __future__ import annotations

import threading

from on_prem_rag.config import BUNDLED_EMBEDDING_MODEL, Settings
from on_prem_rag.llm.protocols import Embedder


class EmbedderPool:
    """Embedders by model name, made on first use and shared by the process's threads.

    ``threads`` of the bundled model is by default EMBEDDING_THREADS.
    """

    def __init__(self, settings: Settings, *, threads: int | None = None) -> None:
        self._settings = settings
        self._threads = threads or settings.embedding_threads
        self._lock = threading.Lock()
        self._embedders: dict[str, Embedder] = {}

    @property
    def configured_name(self) -> str:
        """The model new documents are embedded with."""
        return self._settings.embedding_model

    def configured(self) -> Embedder:
        """The embedder of EMBEDDING_MODEL. Raises EmbeddingError when it cannot be reached."""
        return self.for_name(self.configured_name)

    def for_name(self, name: str) -> Embedder:
        """The embedder of a model by the name its fingerprint carries. Raises EmbeddingError."""
        with self._lock:
            if name not in self._embedders:
                self._embedders[name] = self._create(name)
            return self._embedders[name]

    def _create(self, name: str) -> Embedder:
        settings = self._settings
        if name == BUNDLED_EMBEDDING_MODEL:
            from on_prem_rag.llm.minilm import MiniLMEmbedder  # noqa: PLC0415 - heavy

            return MiniLMEmbedder(settings.models_dir, self._threads)
        from on_prem_rag.llm.ollama_embedder import OllamaEmbedder  # noqa: PLC0415 - heavy

        return OllamaEmbedder(settings.ollama_endpoint, name)

    def close(self) -> None:
        """Close every embedder made so far."""
        with self._lock:
            for embedder in self._embedders.values():
                embedder.close()
            self._embedders.clear()
