from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
from tests.ollama_standin import Step, ThreadedStandIn

from on_prem_rag.errors import (
    GenerationTimeout,
    ModelBusy,
    ModelFailed,
    ModelNotFound,
    ModelUnreachable,
)
from on_prem_rag.llm.ollama import OllamaGenerator
from on_prem_rag.llm.protocols import ChatMessage, GenerationDone, GenerationRequest

REQUEST = GenerationRequest((ChatMessage("user", "How long?"),), "mistral:7b", 2048, 64)


@pytest.fixture
async def generator(ollama: ThreadedStandIn) -> AsyncIterator[OllamaGenerator]:
    made = OllamaGenerator(ollama.url, first_token_timeout=1.0)
    yield made
    await made.close()


async def test_busy_is_asked_again_ever_more_rarely(
    ollama: ThreadedStandIn, generator: OllamaGenerator
) -> None:
    ollama.script(Step("busy", times=2))
    events = [event async for event in generator.stream(REQUEST)]
    assert isinstance(events[-1], GenerationDone)
    assert len(ollama.requests) == 3


async def test_busy_too_long_ends_before_the_time_out(
    ollama: ThreadedStandIn, generator: OllamaGenerator
) -> None:
    ollama.script(Step("busy", times=99))
    began = time.monotonic()
    with pytest.raises(ModelBusy):
        await anext(generator.stream(REQUEST))
    assert time.monotonic() - began < 1.5
    assert 2 <= len(ollama.requests) <= 6


async def test_capabilities_of_an_older_server_come_from_show(
    ollama: ThreadedStandIn, generator: OllamaGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ollama.standin.models["mistral:7b"]
    old = {"name": model.name, "digest": model.sha256, "size": 1, "details": model.details()}
    monkeypatch.setattr(type(model), "tag", lambda self: {**old, "name": self.name})
    found = {m.name: m for m in await generator.list_models()}
    assert found["mistral:7b"].capabilities == ("completion",)
    assert found["mistral:7b"].context_length == 32768
    assert found["tiny-embed:latest"].capabilities == ("embedding",)


async def test_context_length(generator: OllamaGenerator) -> None:
    assert await generator.context_length("tiny-chat") == 4096
    with pytest.raises(ModelNotFound):
        await generator.context_length("nope")


async def test_ping(ollama: ThreadedStandIn, generator: OllamaGenerator) -> None:
    await generator.ping()
    ollama.script(Step("hang", path="/api/version"), Step("array_json", path="/api/version"))
    with pytest.raises(GenerationTimeout):
        await OllamaGenerator(ollama.url, connect_timeout=0.2, first_token_timeout=0.2).ping()
    with pytest.raises(ModelFailed):
        await generator.ping()
    ollama.refuse()
    with pytest.raises(ModelUnreachable):
        await generator.ping()


async def test_vram_of_loaded_models(ollama: ThreadedStandIn, generator: OllamaGenerator) -> None:
    assert await generator.vram() == {}
    _ = [event async for event in generator.stream(REQUEST)]
    assert await generator.vram() == {"mistral:7b": 0}, "a server without a graphics card"
    ollama.script(Step("array_json", path="/api/ps"))
    with pytest.raises(ModelFailed):
        await generator.vram()


async def test_a_model_for_embedding_says_so(
    ollama: ThreadedStandIn, generator: OllamaGenerator
) -> None:
    request = GenerationRequest(REQUEST.messages, "nomic-embed-text", 2048, 64)
    with pytest.raises(ModelFailed, match="cannot do this") as caught:
        await anext(generator.stream(request))
    assert "models" in caught.value.hint
