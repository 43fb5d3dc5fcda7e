"""People who leave in the middle of an answer, and many who stay, on a real server."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from tests.api.house import make_settings, working
from tests.ollama_standin import ThreadedStandIn
from tests.sample_files import LEAVE
from tests.server_process import give_model

from on_prem_rag.api.app import create_app
from on_prem_rag.auth.models import User
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.cli.http_server import HttpServer, bind_tcp
from on_prem_rag.config import Settings
from on_prem_rag.db.base import new_id

DISCONNECTS = 1000 if os.environ.get("RAG_TEST_FULL") == "1" else 200
AT_ONCE = 20
PEOPLE = 50
OPERATOR_TOKEN = "the operator's token of these tests"
QUESTION = "How many days of annual leave does a new employee get?"
LONG_REPLY = "Every new employee is entitled to 27 days of annual leave [1]. " * 40
MOMENTS = {
    "sent": b"",
    "begun": b"\r\n\r\n",
    "passages shown": b"event: passages",
    "first token": b"event: token",
}

pytestmark = pytest.mark.timeout(600)


@dataclass
class Serving:
    """A server in this event loop, so that its tasks can be counted."""

    appliance: Appliance
    port: int

    def client(self, token: str = OPERATOR_TOKEN) -> httpx.AsyncClient:
        """A client with a bearer token."""
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}/api/v1/",
            headers={"Authorization": f"Bearer {token}"},
            timeout=120,
            trust_env=False,
        )


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Serving]:
    """Serve one searchable document."""
    appliance = Appliance(settings, workers=0)
    ready = asyncio.Event()
    app = create_app(appliance, operator_token=OPERATOR_TOKEN)
    config = uvicorn.Config(app, log_config=None, access_log=False)
    server = HttpServer(config, on_ready=ready.set, on_stop=appliance.drain)
    listener = bind_tcp("127.0.0.1", 0)
    appliance.start()
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await ready.wait()
        made = Serving(appliance, listener.getsockname()[1])
        await _add_document(made, settings)
        yield made
    finally:
        server.should_exit = True
        await running
        listener.close()
        await asyncio.to_thread(appliance.stop)


async def _add_document(served: Serving, settings: Settings) -> None:
    async with served.client() as client:
        body = {"name": "Rules", "open_to_everyone": True}
        made = (await client.post("collections", json=body)).json()
        files = {"file": ("leave.txt", LEAVE.encode())}
        sent = await client.post(f"collections/{made['id']}/documents", files=files)
        path = f"documents/{sent.json()['document']['id']}/status"

        async def searchable() -> bool:
            status: bool = (await client.get(path)).json()["searchable"]
            return status

        with working(settings):
            deadline = time.monotonic() + 120
            while not await searchable():
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)


@pytest.fixture
async def served(
    tmp_path: Path, built_model: Path, ollama: ThreadedStandIn
) -> AsyncIterator[Serving]:
    give_model(built_model, tmp_path / "data")
    settings = make_settings(
        tmp_path / "data", ollama_endpoint=ollama.url, generation_concurrency=PEOPLE
    )
    async with serving(settings) as made:
        yield made


def sockets() -> int:
    """Sockets this process holds, the stand-in's included."""
    count = 0
    for path in Path("/proc/self/fd").iterdir():
        try:
            count += str(path.readlink()).startswith("socket:")
        except FileNotFoundError:
            continue
    return count


def tasks() -> int:
    """Unfinished tasks of this loop, the server's included."""
    return len(asyncio.all_tasks())


async def settles(condition: Callable[[], bool], seconds: float = 30) -> bool:
    """Whether the condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    return condition()


async def leave(port: int, moment: bytes, *, politely: bool) -> None:
    """Ask for a streamed answer, read up to ``moment``, and go."""
    body = json.dumps({"query": QUESTION, "stream": True}).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST /api/v1/query HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
        % (OPERATOR_TOKEN.encode(), len(body), body)
    )
    await writer.drain()
    if moment:
        head = await reader.readuntil(moment)
        assert head.startswith(b"HTTP/1.1 200")
    if not politely:  # a reset, as from a machine that lost its network
        option = struct.pack("ii", 1, 0)
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
    writer.close()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def ask(client: httpx.AsyncClient) -> list[str]:
    """The names of a streamed answer's events."""
    async with client.stream("POST", "query", json={"query": QUESTION, "stream": True}) as response:
        assert response.status_code == 200
        lines = [line async for line in response.aiter_lines()]
    return [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]


async def test_disconnects_leave_nothing_behind(served: Serving, ollama: ThreadedStandIn) -> None:
    async with served.client() as client:
        assert (await ask(client))[-1] == "done"
    ollama.standin.reply = lambda messages: LONG_REPLY
    ollama.standin.token_delay = 0.05
    assert await settles(lambda: served.appliance.queue.running == 0)
    tasks_before, sockets_before = tasks(), sockets()
    bound = asyncio.Semaphore(AT_ONCE)
    most_sockets = 0

    async def one(number: int) -> None:
        nonlocal most_sockets
        async with bound:
            moment = list(MOMENTS.values())[number % len(MOMENTS)]
            await leave(served.port, moment, politely=number % 3 == 0)
            most_sockets = max(most_sockets, sockets())

    await asyncio.gather(*(one(number) for number in range(DISCONNECTS)))
    assert await settles(lambda: tasks() <= tasks_before), asyncio.all_tasks()
    assert await settles(lambda: sockets() <= sockets_before), (sockets(), sockets_before)
    assert most_sockets > sockets_before
    queue = served.appliance.queue
    assert (queue.running, queue.waiting) == (0, 0)
    assert await settles(lambda: ollama.standin.active == 0)
    asked = sum(request.path == "/api/chat" for request in ollama.requests)
    assert asked > DISCONNECTS // len(MOMENTS), "no answer was being written when people left"
    ollama.standin.token_delay = 0
    async with served.client() as client:
        assert (await ask(client))[-1] == "done"


async def test_open_streams_are_seen_by_the_counting(
    served: Serving, ollama: ThreadedStandIn
) -> None:
    ollama.standin.reply = lambda messages: LONG_REPLY
    ollama.standin.token_delay = 0.05
    before = (tasks(), sockets())
    body = {"query": QUESTION, "stream": True}
    async with served.client() as client, client.stream("POST", "query", json=body) as response:
        async for line in response.aiter_lines():
            if line == "event: token":
                break
        assert tasks() > before[0]
        assert sockets() > before[1]


def tokens_of_people(appliance: Appliance, count: int) -> list[str]:
    """Access tokens of as many people, all with one password, as hashing takes its time."""
    first, _ = appliance.auth.users.create("person0", password="four unrelated words")
    tokens = []
    with appliance.database.write() as session:
        for number in range(count):
            user = session.get_one(User, first.id)
            if number:
                user = User(
                    username=f"person{number}", password_hash=first.password_hash, role="member"
                )
                session.add(user)
                session.flush()
            tokens.append(appliance.auth._issue(session, user, new_id()).access_token)
    return tokens


async def test_fifty_people_stream_at_once(served: Serving, ollama: ThreadedStandIn) -> None:
    people = await asyncio.to_thread(tokens_of_people, served.appliance, PEOPLE)
    ollama.standin.reply = lambda messages: LONG_REPLY
    ollama.standin.token_delay = 0.01
    together = asyncio.Event()
    # Nobody gets a first token before everybody's question has reached the model.
    ollama.standin.first_token_delay = 3.0
    peak = 0

    async def watch() -> None:
        nonlocal peak
        while not together.is_set():
            peak = max(peak, served.appliance.queue.running)
            await asyncio.sleep(0.02)

    async def person(token: str) -> list[str]:
        async with served.client(token) as client:
            return await ask(client)

    watching = asyncio.create_task(watch())
    answers = await asyncio.gather(*(person(token) for token in people))
    together.set()
    await watching
    assert [names[-1] for names in answers] == ["done"] * PEOPLE
    assert all("error" not in names and "warning" not in names for names in answers)
    assert all(names.count("token") > 20 for names in answers)
    assert peak > PEOPLE // 2
