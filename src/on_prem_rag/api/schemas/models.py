"""Bodies of models and evaluations."""

from __future__ import annotations

from datetime import datetime

from pydantic import ConfigDict, Field

from on_prem_rag.api.schemas.base import Input, Output


class ChatModel(Output):
    """A model that can be asked for."""

    name: str
    digest: str
    size_bytes: int
    capabilities: list[str]
    context_length: int | None


class EmbeddingGeneration(Output):
    """A model whose vectors are stored. ``missing`` counts chunks without one."""

    id: str
    name: str
    dimensions: int
    serving: bool
    complete_at: datetime | None
    missing: int


class ModelsBody(Output):
    """Models for answers and for embeddings."""

    default_model: str
    fallback_model: str | None
    reachable: bool = Field(description="Whether Ollama answers; without it answers are extracted.")
    chat: list[ChatModel]
    embedding_model: str
    embeddings: list[EmbeddingGeneration]


class EvaluationRequest(Input):
    """Golden sets to evaluate, in a folder on the server."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"path": "/srv/golden", "sets": ["pdf_qa"]}]}
    )

    path: str = Field(min_length=1, max_length=4096)
    sets: list[str] = Field(default=[], max_length=100, description="Empty: all of them.")
