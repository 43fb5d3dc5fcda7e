"""Time to the first token of ``POST /api/v1/query``, over the bare stand-in for Ollama.

    python -m benchmarks.query_stream [--people 1 50] [--rounds 5]

Server, stand-in and clients are processes of their own. "bare" sends the stand-in a prompt of the
same passages; "ours" is the whole way: HTTP, rights, search, prompt, queue, events. All begin
at a moment of their own and ask again once the answer is there; GENERATION_CONCURRENCY is as high
as there are people. benchmarks.first_token measures the same of conversations, without HTTP.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from tests.server_process import ServerProcess, wait_for

from benchmarks.corpora import evaluation_data, texts_of

DOCUMENTS = 12
PARAGRAPHS = 60
TOKEN_DELAY = 0.02
START_SPREAD = 3.0
"""Seconds over which people begin, and rest between two questions."""
MODEL = "mistral:7b"
Ask = Callable[[httpx.AsyncClient, str], Awaitable[float]]


@contextmanager
def standin() -> Iterator[str]:
    """The stand-in in a process of its own; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "tests.ollama_standin", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--token-delay", str(TOKEN_DELAY)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def fill(server: ServerProcess) -> None:
    """Take in some documents."""
    passages = texts_of("wiki_qa")
    with server.client() as client:
        collection = client.post("collections", json={"name": "Wiki"}).json()["id"]
        statuses = []
        for number in range(DOCUMENTS):
            data = "\n\n".join(islice(passages, PARAGRAPHS)).encode()
            path = f"collections/{collection}/documents"
            sent = client.post(path, files={"file": (f"{number}.txt", data)}).json()
            statuses.append(f"documents/{sent['document']['id']}/status")
        for path in statuses:
            wait_for(lambda p=path: client.get(p).json()["searchable"], path, 600)  # type: ignore[misc]


async def first_token(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], sign: Callable[[str], bool]
) -> float:
    """Milliseconds until the first line that is a token; the stream is read to its end."""
    began = time.perf_counter()
    first = 0.0
    async with client.stream("POST", path, json=body) as response:
        assert response.status_code == 200, await response.aread()
        async for line in response.aiter_lines():
            if not first and sign(line):
                first = (time.perf_counter() - began) * 1000
    assert first, "no token came"
    return first


async def ours(client: httpx.AsyncClient, question: str) -> float:
    """Through the server."""
    body = {"query": question, "stream": True}
    return await first_token(client, "query", body, lambda line: line == "event: token")


def bare(prompts: dict[str, list[dict[str, str]]]) -> Ask:
    """The same prompts, straight to the stand-in."""

    async def ask(client: httpx.AsyncClient, question: str) -> float:
        body = {
            "model": MODEL,
            "messages": prompts[question],
            "stream": True,
            "options": {"num_ctx": 8192},
        }
        return await first_token(client, "/api/chat", body, lambda line: '"content":"' in line)

    return ask


async def times(
    ask: Ask, client: httpx.AsyncClient, questions: Sequence[str], people: int, rounds: int
) -> list[float]:
    """Milliseconds of every first token of ``people`` who ask ``rounds`` questions each."""
    draw = random.Random(people)

    async def person(number: int) -> list[float]:
        found = []
        for turn in range(rounds):
            if people > 1:
                await asyncio.sleep(draw.uniform(0, START_SPREAD))
            question = questions[(number * rounds + turn) % len(questions)]
            found.append(await ask(client, question))
        return found

    await ask(client, questions[0])
    each = await asyncio.gather(*(person(number) for number in range(people)))
    return [value for values in each for value in values]


async def prompts_of(
    server: httpx.AsyncClient, model: httpx.AsyncClient, questions: Sequence[str]
) -> dict[str, list[dict[str, str]]]:
    """A prompt as long as the server's for each question: its passages with the question."""
    prompts = {}
    for question in questions:
        found = (await server.post("search", json={"query": question})).json()["passages"]
        fenced = "\n".join(
            f"<<<PASSAGE {number}>>>\n{passage['text']}\n<<<END {number}>>>"
            for number, passage in enumerate(found, 1)
        )
        prompts[question] = [{"role": "user", "content": f"{fenced}\nQuestion: {question}"}]
    return prompts


async def measure(server: ServerProcess, endpoint: str, people: Sequence[int], rounds: int) -> None:
    """Print both for each number of people."""
    lines = evaluation_data("retrieval", "wiki_qa", "queries.jsonl").read_text().splitlines()
    questions = [str(json.loads(line)["text"]) for line in lines[:60]]
    options: dict[str, Any] = {
        "timeout": 120,
        "trust_env": False,
        "limits": httpx.Limits(max_connections=None, max_keepalive_connections=200),
    }
    entry = server.entry
    headers = {"Authorization": f"Bearer {entry.token}"}
    async with (
        httpx.AsyncClient(base_url=endpoint, **options) as model,
        httpx.AsyncClient(base_url=f"{entry.url}/api/v1/", headers=headers, **options) as client,
    ):
        answered = [q for q in questions if await _is_generated(client, q)]
        prompts = await prompts_of(client, model, answered)
        for count in people:
            below = await times(bare(prompts), model, answered, count, rounds)
            whole = await times(ours, client, answered, count, rounds)
            base = float(np.median(below))
            for name, found in (("bare", below), ("ours", whole)):
                p50, p95 = np.percentile(found, [50, 95])
                print(
                    f"{count:3} people, {name}: median {p50:6.1f} ms, p95 {p95:6.1f} ms; "
                    f"over the bare median {p50 - base:6.1f} / {p95 - base:6.1f} ms"
                )


async def _is_generated(client: httpx.AsyncClient, question: str) -> bool:
    mode: str = (await client.post("query", json={"query": question})).json()["mode"]
    return mode == "generated"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[1, 50])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with standin() as endpoint, tempfile.TemporaryDirectory() as folder:
        server = ServerProcess(
            Path(folder) / "data",
            log_level="WARNING",
            ollama_endpoint=endpoint,
            generation_concurrency=max(arguments.people),
        )
        try:
            server.start()
            fill(server)
            asyncio.run(measure(server, endpoint, arguments.people, arguments.rounds))
        finally:
            server.end()


if __name__ == "__main__":
    main()
