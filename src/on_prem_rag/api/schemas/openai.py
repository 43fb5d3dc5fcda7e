"""Bodies of the OpenAI-compatible routes; what a client sends and we do not use is ignored."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from on_prem_rag.api.schemas.base import Output


class ClientBody(BaseModel):
    """What a client of OpenAI sends: fields that are not named here are ignored."""

    model_config = ConfigDict(strict=True)


class ContentPart(ClientBody):
    """A part of a message; only text is read."""

    type: str
    text: str = ""


class ChatTurn(ClientBody):
    """One message of the conversation so far."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[ContentPart] | None = None

    def text(self) -> str:
        """The message's text."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content or () if part.type == "text")


class StreamOptions(ClientBody):
    """What a stream holds beside the answer."""

    include_usage: bool = False


class ChatRequest(ClientBody):
    """A chat completion over the caller's documents."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model": "mistral:7b",
                    "messages": [{"role": "user", "content": "What is the notice period?"}],
                }
            ]
        }
    )

    model: str = Field(default="", max_length=200)
    messages: list[ChatTurn] = Field(min_length=1, max_length=500)
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()
    n: Literal[1] = 1


class ChatCompletion(Output):
    """A whole answer. ``citations`` and ``sources`` are additions of this server."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: dict[str, int]
    citations: list[dict[str, Any]]


class ModelCard(Output):
    """A model by its name."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "on-prem-rag"


class ModelCards(Output):
    """The models that can be asked for."""

    object: Literal["list"] = "list"
    data: list[ModelCard]
