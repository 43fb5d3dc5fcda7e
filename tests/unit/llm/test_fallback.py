from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from tests.ollama_standin import Step, ThreadedStandIn

from on_prem_rag.errors import (
    AppError,
    ContextOverflow,
    ModelBusy,
    ModelFailed,
    ModelNotFound,
)
from on_prem_rag.llm.fallback import FallbackGenerator
from on_prem_rag.llm.ollama import OllamaGenerator
from on_prem_rag.llm.protocols import ChatMessage, GenerationDone, GenerationRequest, TextDelta

REQUEST = GenerationRequest((ChatMessage("user", "How long?"),), "mistral:7b", 2048, 64)


@pytest.fixture
async def generator(ollama: ThreadedStandIn) -> AsyncIterator[FallbackGenerator]:
    made = FallbackGenerator(OllamaGenerator(ollama.url, first_token_timeout=1), "llama3.2:3b")
    yield made
    await made.close()


def _asked(ollama: ThreadedStandIn) -> list[str]:
    return [json.loads(request.body)["model"] for request in ollama.requests]


@pytest.mark.parametrize("fault", ["not_found", "server_error", "not_json", "empty_200"])
async def test_the_second_model_answers_and_is_named(
    ollama: ThreadedStandIn, generator: FallbackGenerator, fault: str
) -> None:
    ollama.script(fault)
    events = [event async for event in generator.stream(REQUEST)]
    assert isinstance(events[-1], GenerationDone)
    assert events[-1].model == "llama3.2:3b"
    assert _asked(ollama) == ["mistral:7b", "llama3.2:3b"]


async def test_the_first_model_is_named_when_it_answers(
    ollama: ThreadedStandIn, generator: FallbackGenerator
) -> None:
    events = [event async for event in generator.stream(REQUEST)]
    assert isinstance(events[-1], GenerationDone)
    assert events[-1].model == "mistral:7b"
    assert _asked(ollama) == ["mistral:7b"]


async def test_not_after_the_first_text(
    ollama: ThreadedStandIn, generator: FallbackGenerator
) -> None:
    """Two models' words never stand in one answer."""
    ollama.script("error_line")
    stream = generator.stream(REQUEST)
    assert isinstance(await anext(stream), TextDelta)
    with pytest.raises(ModelFailed):
        async for _ in stream:
            pass
    assert _asked(ollama) == ["mistral:7b"]


@pytest.mark.parametrize(
    ("step", "expected"),
    [(Step("context_overflow"), ContextOverflow), (Step("busy", times=50), ModelBusy)],
)
async def test_not_where_a_second_model_would_not_help(
    ollama: ThreadedStandIn, generator: FallbackGenerator, step: Step, expected: type[AppError]
) -> None:
    ollama.script(step)
    with pytest.raises(expected):
        await anext(generator.stream(REQUEST))
    assert set(_asked(ollama)) == {"mistral:7b"}


async def test_both_fail(ollama: ThreadedStandIn, generator: FallbackGenerator) -> None:
    ollama.script("not_found", "server_error")
    with pytest.raises(ModelFailed) as caught:
        await anext(generator.stream(REQUEST))
    assert isinstance(caught.value.__cause__, ModelNotFound)


async def test_the_fallback_is_not_asked_twice(ollama: ThreadedStandIn) -> None:
    generator = FallbackGenerator(OllamaGenerator(ollama.url), "mistral:7b")
    ollama.script("not_found")
    with pytest.raises(ModelNotFound):
        await anext(generator.stream(REQUEST))
    await generator.close()
    assert _asked(ollama) == ["mistral:7b"]
