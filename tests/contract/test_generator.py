"""What every Generator promises, run on each implementation against the stand-in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import pytest
from tests.ollama_standin import Reply, ThreadedStandIn

from on_prem_rag.errors import ModelNotFound, ModelUnreachable
from on_prem_rag.llm.fallback import FallbackGenerator
from on_prem_rag.llm.ollama import OllamaGenerator
from on_prem_rag.llm.protocols import (
    ChatMessage,
    GenerationDone,
    GenerationRequest,
    Generator,
    TextDelta,
)

REQUEST = GenerationRequest(
    messages=(ChatMessage("system", "Be brief."), ChatMessage("user", "How long, in years?")),
    model="mistral:7b",
    num_ctx=2048,
    num_predict=64,
    temperature=0.5,
)


@pytest.fixture(params=["ollama", "fallback"])
async def generator(
    request: pytest.FixtureRequest, ollama: ThreadedStandIn
) -> AsyncIterator[Generator]:
    made: Generator = OllamaGenerator(ollama.url)
    if request.param == "fallback":
        made = FallbackGenerator(made, "llama3.2:3b")
    yield made
    await made.close()


async def _until(reached: Callable[[], bool]) -> None:
    """Watch the stand-in, which runs in a thread of its own."""
    while not reached():  # noqa: ASYNC110
        await asyncio.sleep(0.001)


async def test_text_then_exactly_one_done(generator: Generator, ollama: ThreadedStandIn) -> None:
    ollama.standin.reply = lambda messages: "Ten years, über alles: 10 \u0085 <b>&\u2028 done."
    events = [event async for event in generator.stream(REQUEST)]
    assert all(isinstance(event, TextDelta) for event in events[:-1])
    assert len(events) > 5
    text = "".join(e.text for e in events if isinstance(e, TextDelta))
    assert text == "Ten years, über alles: 10 \u0085 <b>&\u2028 done."
    done = events[-1]
    assert isinstance(done, GenerationDone)
    assert (done.model, done.reason) == ("mistral:7b", "stop")
    assert done.prompt_tokens > 0
    assert done.completion_tokens >= len(events) - 1


async def test_bounds_are_kept_and_told(generator: Generator, ollama: ThreadedStandIn) -> None:
    ollama.standin.reply = lambda messages: "one " * 200
    events = [event async for event in generator.stream(REQUEST)]
    assert isinstance(events[-1], GenerationDone)
    assert (events[-1].reason, events[-1].completion_tokens) == ("length", 64)


async def test_every_request_states_its_bounds(
    generator: Generator, ollama: ThreadedStandIn
) -> None:
    async for _ in generator.stream(REQUEST):
        pass
    body = json.loads(ollama.requests[-1].body)
    assert body["options"] == {"num_ctx": 2048, "num_predict": 64, "temperature": 0.5}
    fixed = {key: body[key] for key in ("truncate", "shift", "think", "stream", "keep_alive")}
    assert fixed == {
        "truncate": False,
        "shift": False,
        "think": False,
        "stream": True,
        "keep_alive": "30m",
    }
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How long, in years?"},
    ]


async def test_reasoning_never_arrives(generator: Generator, ollama: ThreadedStandIn) -> None:
    ollama.standin.reply = lambda messages: Reply("<think>secret </think>Four.", thinking="secret")
    events = [event async for event in generator.stream(REQUEST)]
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == "Four."


async def test_closing_frees_the_slot_at_once(
    generator: Generator, ollama: ThreadedStandIn
) -> None:
    ollama.standin.token_delay = 30
    stream = generator.stream(REQUEST)
    async with aclosing(stream) as events:
        assert isinstance(await anext(events), TextDelta)
        assert ollama.standin.engine.running == 1
    async with asyncio.timeout(1):
        await _until(lambda: not ollama.standin.engine.running and not ollama.standin.connections)


async def test_cancelling_frees_the_slot_at_once(
    generator: Generator, ollama: ThreadedStandIn
) -> None:
    ollama.standin.first_token_delay = 30

    async def consume() -> None:
        async for _ in generator.stream(REQUEST):
            pass

    task = asyncio.create_task(consume())
    async with asyncio.timeout(5):
        await _until(lambda: ollama.standin.engine.running == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(1):
        await _until(lambda: not ollama.standin.engine.running and not ollama.standin.connections)


async def test_a_connection_is_used_again(generator: Generator, ollama: ThreadedStandIn) -> None:
    for _ in range(5):
        async for _ in generator.stream(REQUEST):
            pass
    assert len(ollama.standin.connections) == 1


async def test_lists_models(generator: Generator) -> None:
    models = {model.name: model for model in await generator.list_models()}
    assert models["mistral:7b"].capabilities == ("completion",)
    assert models["mistral:7b"].context_length == 32768
    assert models["nomic-embed-text:latest"].capabilities == ("embedding",)
    assert len(models["mistral:7b"].digest) == 64


async def test_nobody_listens(generator: Generator, ollama: ThreadedStandIn) -> None:
    ollama.refuse()
    with pytest.raises(ModelUnreachable):
        await generator.list_models()
    with pytest.raises(ModelUnreachable):
        await anext(generator.stream(REQUEST))


async def test_the_environment_is_not_read(
    monkeypatch: pytest.MonkeyPatch, ollama: ThreadedStandIn
) -> None:
    """No proxy and no key: with either, the request would fail or carry a secret."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "OLLAMA_HOST"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("OLLAMA_API_KEY", "secret")
    generator = OllamaGenerator(ollama.url)
    assert await generator.version() == "0.33.0-rc2+local"
    async for _ in generator.stream(REQUEST):
        pass
    await generator.close()
    assert all("authorization" not in request.headers for request in ollama.requests)


async def _answer(generator: Generator, request: GenerationRequest) -> list[Any]:
    return [event async for event in generator.stream(request)]


@pytest.mark.parametrize("length", [64, 12])
async def test_pinned_digest(ollama: ThreadedStandIn, length: int) -> None:
    digest = ollama.standin.models["mistral:7b"].sha256[:length]
    generator = OllamaGenerator(ollama.url, expected_digests={"mistral:7b": f"sha256:{digest}"})
    assert isinstance((await _answer(generator, REQUEST))[-1], GenerationDone)
    await generator.close()


@pytest.mark.parametrize("pinned", ["0" * 64, "", "sha256:abc"])
async def test_wrong_digest_is_never_asked(ollama: ThreadedStandIn, pinned: str) -> None:
    generator = OllamaGenerator(ollama.url, expected_digests={"mistral:7b": pinned})
    with pytest.raises(ModelNotFound, match="wrong digest"):
        await _answer(generator, REQUEST)
    await generator.close()
    assert [request.path for request in ollama.requests] == ["/api/tags"]
