"""Every fault of an Ollama server ends in its typed error within its time-out, never in a hang."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
from tests.ollama_standin import FAULTS, Reply, Step, ThreadedStandIn

from on_prem_rag.errors import (
    ContextOverflow,
    EmbeddingError,
    GenerationError,
    GenerationInterrupted,
    GenerationTimeout,
    ModelBusy,
    ModelFailed,
    ModelNotFound,
    ModelUnreachable,
)
from on_prem_rag.llm.ollama import OllamaGenerator
from on_prem_rag.llm.ollama_embedder import OllamaEmbedder
from on_prem_rag.llm.protocols import ChatMessage, GenerationDone, GenerationRequest, TextDelta

FIRST, BETWEEN, TOTAL = 0.4, 0.25, 0.9
LATE = 1.0
"""Seconds an error may come after its time-out on a busy machine."""
TEXT = "Ten years, for every claim: größer als 9 Jahre."
DISCONNECTS = 1000 if os.environ.get("RAG_TEST_FULL") else 200

REQUEST = GenerationRequest((ChatMessage("user", "How long?"),), "mistral:7b", 2048, 64)


@pytest.fixture
async def generator(ollama: ThreadedStandIn) -> AsyncIterator[OllamaGenerator]:
    ollama.standin.reply = lambda messages: TEXT
    made = OllamaGenerator(
        ollama.url,
        connect_timeout=0.5,
        first_token_timeout=FIRST,
        between_tokens_timeout=BETWEEN,
        total_timeout=TOTAL,
    )
    yield made
    await made.close()


async def _ask(generator: OllamaGenerator) -> tuple[str, GenerationDone | GenerationError]:
    """The text that arrived and how it ended."""
    text = ""
    try:
        async for event in generator.stream(REQUEST):
            if isinstance(event, GenerationDone):
                return text, event
            text += event.text
    except GenerationError as error:
        return text, error
    raise AssertionError("a stream ended without GenerationDone and without an error")


BEFORE_THE_FIRST_TOKEN = [
    (Step("hang"), GenerationTimeout),
    (Step("slow_first_byte", seconds=60), GenerationTimeout),
    (Step("slow_headers", seconds=0.02), GenerationTimeout),
    (Step("not_found"), ModelNotFound),
    (Step("page_not_found"), ModelFailed),
    (Step("server_error"), ModelFailed),
    (Step("bad_gateway"), ModelFailed),
    (Step("busy", times=100), ModelBusy),
    (Step("no_chat"), ModelFailed),
    (Step("context_overflow"), ContextOverflow),
    (Step("not_json"), ModelFailed),
    (Step("empty_200"), ModelFailed),
    (Step("array_json"), ModelFailed),
    (Step("reset_first"), ModelFailed),
    (Step("close_first"), ModelFailed),
    (Step("huge_line", after=6), ModelFailed),
    (Step("malformed_line", after=0), ModelFailed),
    (Step("error_line", after=0), ModelFailed),
    (Step("no_done", after=0), ModelFailed),
    (Step("wrong_shape_line", after=0, text='{"message":5}'), ModelFailed),
    (Step("wrong_shape_line", after=0, text='{"done":false}'), ModelFailed),
    (Step("wrong_shape_line", after=0, text="null"), ModelFailed),
    (Step("wrong_shape_line", after=0, text='{"error":{"error":[1]}}'), ModelFailed),
    (Step("wrong_shape_line", after=0, text="[" * 5000), ModelFailed),
]
IN_MID_STREAM = [
    (Step("stall"), GenerationTimeout),
    (Step("drip", seconds=0.05), GenerationTimeout),
    (Step("malformed_line"), ModelFailed),
    (Step("wrong_shape_line"), ModelFailed),
    (Step("error_line"), ModelFailed),
    (Step("error_line", text="x" * 100_000), ModelFailed),
    (Step("engine_death"), ModelFailed),
    (Step("no_done"), GenerationInterrupted),
    (Step("abort_repeats", after=99), GenerationInterrupted),
    (Step("reset"), GenerationInterrupted),
    (Step("cut_chunk"), GenerationInterrupted),
]
PHASES = {
    "hang": "first_token",
    "slow_first_byte": "first_token",
    "slow_headers": "first_token",
    "stall": "between_tokens",
    "drip": "total",
}


def _label(value: object) -> str | None:
    return value.fault if isinstance(value, Step) else None


@pytest.mark.parametrize(("step", "expected"), BEFORE_THE_FIRST_TOKEN + IN_MID_STREAM, ids=_label)
async def test_generation_fault(
    ollama: ThreadedStandIn,
    generator: OllamaGenerator,
    step: Step,
    expected: type[GenerationError],
) -> None:
    ollama.script(step)
    began = time.monotonic()
    text, end = await _ask(generator)
    assert type(end) is expected
    assert time.monotonic() - began < TOTAL + LATE
    if (step, expected) in BEFORE_THE_FIRST_TOKEN:
        assert text == ""
    else:
        assert text.startswith("Ten years")
    if isinstance(end, GenerationTimeout):
        assert end.phase == PHASES[step.fault]
    assert len(end.message) < 500
    assert end.hint


@pytest.mark.parametrize(
    "step",
    [
        Step("none"),
        Step("busy"),
        Step("slow_first_byte", seconds=0.05),
        Step("split_utf8"),
        Step("think_unsupported"),
    ],
    ids=_label,
)
async def test_survived(ollama: ThreadedStandIn, generator: OllamaGenerator, step: Step) -> None:
    ollama.script(step)
    text, end = await _ask(generator)
    assert isinstance(end, GenerationDone)
    assert text == TEXT


async def test_a_model_that_cannot_think_is_remembered(
    ollama: ThreadedStandIn, generator: OllamaGenerator
) -> None:
    ollama.script("think_unsupported")
    await _ask(generator)
    await _ask(generator)
    assert [b'"think"' in request.body for request in ollama.requests] == [True, False, False]


async def test_overflow_tells_both_numbers(
    ollama: ThreadedStandIn, generator: OllamaGenerator
) -> None:
    request = GenerationRequest((ChatMessage("user", "word " * 600),), "mistral:7b", 512, 64)
    with pytest.raises(ContextOverflow) as caught:
        await anext(generator.stream(request))
    assert (caught.value.prompt_tokens, caught.value.num_ctx) == (606, 512)


async def test_refused(ollama: ThreadedStandIn, generator: OllamaGenerator) -> None:
    ollama.refuse()
    text, end = await _ask(generator)
    assert type(end) is ModelUnreachable
    ollama.accept()
    text, end = await _ask(generator)
    assert (text, type(end)) == (TEXT, GenerationDone)


async def test_a_restarted_server_is_found_again(
    ollama: ThreadedStandIn, generator: OllamaGenerator
) -> None:
    """The connection kept from before the restart is not tried."""
    assert isinstance((await _ask(generator))[1], GenerationDone)
    ollama.refuse()
    ollama.accept()
    assert isinstance((await _ask(generator))[1], GenerationDone)


@pytest.fixture
def deaf_url() -> Iterator[str]:
    """A port whose queue of connections is full: further ones are neither taken nor refused."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting = []
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(server.getsockname())
            waiting.append(client)
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        for client in waiting:
            client.close()


async def test_connect_timeout(deaf_url: str) -> None:
    generator = OllamaGenerator(deaf_url, connect_timeout=0.2)
    began = time.monotonic()
    _, end = await _ask(generator)
    assert isinstance(end, GenerationTimeout)
    assert end.phase == "connect"
    assert time.monotonic() - began < LATE
    await generator.close()


async def test_redirects_are_not_followed(
    ollama: ThreadedStandIn, generator: OllamaGenerator
) -> None:
    with ThreadedStandIn() as elsewhere:
        ollama.script(Step("redirect", text=f"{elsewhere.url}/api/chat"))
        text, end = await _ask(generator)
        assert (text, type(end)) == ("", ModelFailed)
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<think>hm, let me see</think>\n\nTen.", "Ten."),
        ("\n</think>\n\nTen.", "Ten."),
        ("Ten.<think>was that right</think> Yes.", "Ten. Yes."),
        ("<think>never ending", ""),
        ("a < b and <thin> ice </thought>", "a < b and <thin> ice </thought>"),
    ],
)
async def test_leaked_thinking(
    ollama: ThreadedStandIn, generator: OllamaGenerator, content: str, expected: str
) -> None:
    ollama.standin.reply = lambda messages: content
    text, end = await _ask(generator)
    assert isinstance(end, GenerationDone)
    assert text == expected


async def test_thinking_after_text_is_no_answer(
    ollama: ThreadedStandIn, generator: OllamaGenerator
) -> None:
    ollama.standin.reply = lambda messages: "they ask for years</think>Ten."
    text, end = await _ask(generator)
    assert type(end) is ModelFailed
    assert "Ten" not in text


async def test_thinking_chunks(ollama: ThreadedStandIn, generator: OllamaGenerator) -> None:
    """Even from a model that thinks although it was asked not to."""
    ollama.standin.reply = lambda messages: Reply("Ten.", thinking="let me see")
    ollama.standin.thinks_anyway = True
    text, end = await _ask(generator)
    assert (text, type(end)) == ("Ten.", GenerationDone)


async def test_disconnects_leave_nothing(ollama: ThreadedStandIn) -> None:
    """Half of them leave after the first token, half before it."""
    server = ollama.standin
    server.reply = lambda messages: "word " * 60
    server.token_delay = 0.2
    generator = OllamaGenerator(ollama.url)
    await generator.ping()  # what is opened once is open now
    tasks, files = len(asyncio.all_tasks()), _open_files()
    gate = asyncio.Semaphore(50)

    async def leave(early: bool) -> None:
        async with gate, aclosing(generator.stream(REQUEST)) as events:
            first = asyncio.ensure_future(anext(events))
            if early:
                await asyncio.sleep(0.002)
                first.cancel()
                await asyncio.wait([first])
            else:
                assert isinstance(await first, TextDelta)

    await asyncio.gather(*(leave(index % 2 == 0) for index in range(DISCONNECTS)))

    async with asyncio.timeout(5):
        # Python closes the inner generators of a closed one in tasks of their own, a moment later.
        while server.active or server.connections or len(asyncio.all_tasks()) > tasks:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    assert _open_files() <= files
    await generator.close()


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


EMBEDDING_FAULTS = [
    "hang",
    "slow_headers",
    "not_found",
    "page_not_found",
    "server_error",
    "bad_gateway",
    "busy",
    "not_json",
    "empty_200",
    "array_json",
    "reset_first",
    "close_first",
    "redirect",
    "wrong_dimension",
    "ragged",
    "nan",
    "zero",
    "short_batch",
    "long_batch",
    "strings",
    "no_embeddings",
    "cut_body",
]


@pytest.fixture
def embedder(ollama: ThreadedStandIn) -> Iterator[OllamaEmbedder]:
    made = OllamaEmbedder(ollama.url, "nomic-embed-text", timeout=0.4)
    assert made.fingerprint.dimensions == 64
    yield made
    made.close()


@pytest.mark.parametrize("fault", EMBEDDING_FAULTS)
def test_embedding_fault(ollama: ThreadedStandIn, embedder: OllamaEmbedder, fault: str) -> None:
    ollama.script(Step(fault, path="/api/embed", seconds=0.02, text=ollama.url))
    began = time.monotonic()
    with pytest.raises(EmbeddingError) as caught:
        embedder.embed_documents(["one", "two", "three"])
    assert time.monotonic() - began < 0.4 + LATE
    assert len(caught.value.message) < 500
    assert embedder.embed_documents(["one"]).shape == (1, 64)


def test_embedding_refused(ollama: ThreadedStandIn, embedder: OllamaEmbedder) -> None:
    ollama.refuse()
    with pytest.raises(EmbeddingError):
        embedder.embed_query("one")


def test_enough_faults_and_none_untried() -> None:
    generation = {step.fault for step, _ in BEFORE_THE_FIRST_TOKEN + IN_MID_STREAM}
    survived = {"none", "split_utf8", "think_unsupported", "redirect"}
    tried = generation | set(EMBEDDING_FAULTS) | survived
    assert tried == set(FAULTS)
    assert len(tried) >= 20
