"""A server that is told to stop listens no more and finishes what it is answering."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from tests.ollama_standin import ThreadedStandIn
from tests.sample_files import write_sample_files
from tests.server_process import ServerProcess, running_server, wait_for

from on_prem_rag.cli import http_server

PATIENCE = 60
"""Seconds that a server may take to stop: more than its answers need, however busy the machine."""


@pytest.fixture
def server(tmp_path: Path, built_model: Path) -> Iterator[ServerProcess]:
    with ThreadedStandIn() as model:
        model.standin.token_delay = 0.2
        settings = {"ollama_endpoint": model.url, "shutdown_timeout": PATIENCE}
        with running_server(tmp_path / "data", built_model, **settings) as running:
            folder = tmp_path / "files"
            folder.mkdir()
            write_sample_files(folder)
            assert running.command("ingest", str(folder), "-c", "Handbook").returncode == 0
            yield running


@pytest.mark.timeout(300)
def test_answers_come_to_their_end_and_nothing_new_begins(server: ServerProcess) -> None:
    url = server.entry.url
    with server.client() as client:
        talk = client.post("conversations", json={}).json()["id"]
        asked = client.post(
            f"conversations/{talk}/messages", json={"content": "How long is the notice period?"}
        ).json()
        body = {"query": "How long is the notice period?", "stream": True}
        with client.stream("POST", "query", json=body) as answer:
            lines = answer.iter_lines()
            assert any(line == "event: token" for line in lines)
            ended: list[int] = []
            stopping = threading.Thread(target=lambda: ended.append(server.stop()))
            stopping.start()
            wait_for(lambda: not _listens(url), "nobody new is let in")
            assert not ended, "it waits for the answer"
            assert "event: done" in list(lines)
        stopping.join()
    assert ended == [0]

    server.start()
    with server.client() as client:
        stored = client.get(f"conversations/{talk}/messages").json()["items"]
    assert {item["id"]: item["status"] for item in stored}[asked["answer_id"]] == "complete"


async def _empty(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_who_had_connected_before_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a proxy connects, whose request comes a moment later."""
    monkeypatch.setattr(http_server, "_FIRST_BYTE_SECONDS", 3.0)
    listener = http_server.bind_tcp("127.0.0.1", 0)
    address = listener.getsockname()
    config = uvicorn.Config(_empty, lifespan="off", proxy_headers=True, log_config=None)
    ready, stopping = threading.Event(), threading.Event()
    server = http_server.HttpServer(config, on_ready=ready.set, on_stop=stopping.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    assert ready.wait(30)
    with socket.create_connection(address, timeout=30) as early:
        server.should_exit = True
        assert stopping.wait(30)
        early.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert early.recv(100).startswith(b"HTTP/1.1 204")
    thread.join()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


def _listens(url: str) -> bool:
    try:
        httpx.get(f"{url}/health", trust_env=False)
    except httpx.TransportError:
        return False
    return True
