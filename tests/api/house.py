"""A whole server on loopback, with people in it, for tests of the API."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import httpx
import structlog
import uvicorn
from fastapi import FastAPI
from reportlab.pdfgen.canvas import Canvas
from tests.ollama_standin import ThreadedStandIn

from on_prem_rag.api.app import create_app
from on_prem_rag.auth.service import AuthService
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.bootstrap.worker import WorkerProcess
from on_prem_rag.cli.http_server import bind_tcp
from on_prem_rag.config import Settings
from on_prem_rag.errors import Unauthenticated
from on_prem_rag.monitoring.logging import configure_logging

OPERATOR_TOKEN = "the operator's token of these tests"
PASSWORD = "four unrelated words"
_RENEW_AFTER_SECONDS = 300
LEASE = "The notice period of the warehouse lease is nine months."


def make_settings(data_dir: Path, **changes: Any) -> Settings:
    """Settings that no test runs into by accident."""
    values: dict[str, Any] = {
        "data_dir": data_dir,
        "backup_dir": data_dir.with_name(f"{data_dir.name}-backups"),
        "rate_limit_requests_per_minute": 1_000_000,
        "rate_limit_queries_per_minute": 1_000_000,
        "rate_limit_queries_per_day": 1_000_000,
        "max_upload_bytes": 4 * 1024**2,
        "ollama_endpoint": "http://127.0.0.1:9",
        "max_pages": 50,
    }
    return Settings(**{**values, **changes})


@dataclass
class House:
    """A running server and ways to speak to it."""

    appliance: Appliance
    url: str
    log: StringIO
    app: FastAPI
    ollama: ThreadedStandIn | None = None

    def client(self, token: str | None = None, **options: Any) -> httpx.Client:
        """A client with a bearer token, or an anonymous one."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(
            base_url=self.url, headers=headers, timeout=60, trust_env=False, **options
        )

    def sign_in(self, username: str, role: str = "member") -> httpx.Client:
        """A client of a person, who is created when new."""
        self.add_person(username, role)
        return self.client(auth=SignedIn(self.appliance.auth, username))

    def add_person(self, username: str, role: str = "member") -> None:
        """Create a person, unless there is one of this name."""
        users = self.appliance.auth.users
        known = {user.username for user in users.list(limit=200)[0]}
        if username not in known:
            users.create(username, role=role, password=PASSWORD)  # type: ignore[arg-type]


class SignedIn(httpx.Auth):
    """A bearer's token, renewed before it ends: a house may stand for longer than a token lives.

    Once the session has ended, the last token goes on being sent.
    """

    def __init__(self, service: AuthService, username: str) -> None:
        self._service = service
        self._pair = service.login(username, PASSWORD, address="test")
        self._got_at = time.monotonic()
        self._lock = threading.Lock()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        with self._lock:
            if time.monotonic() - self._got_at > _RENEW_AFTER_SECONDS:
                self._got_at = time.monotonic()
                with suppress(Unauthenticated):
                    self._pair = self._service.refresh(self._pair.refresh_token)
        request.headers["Authorization"] = f"Bearer {self._pair.access_token}"
        yield request


@contextmanager
def open_house(settings: Settings) -> Iterator[House]:
    """Build the appliance, serve it on a free port, take everything down again."""
    log = StringIO()
    earlier = _log_handlers()
    configure_logging(settings, stream=log)
    appliance = Appliance(settings, workers=0)
    listener = bind_tcp("127.0.0.1", 0)
    app = create_app(appliance, operator_token=OPERATOR_TOKEN)
    config = uvicorn.Config(app, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    try:
        appliance.start()
        thread.start()
        yield House(appliance, f"http://127.0.0.1:{listener.getsockname()[1]}", log, app)
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()
        appliance.stop()
        # A house within the life of another must not keep that one's log.
        for handler in _log_handlers():
            logging.getLogger().removeHandler(handler)
        for handler in earlier:
            logging.getLogger().addHandler(handler)


def _log_handlers() -> list[logging.Handler]:
    """Those that ``configure_logging`` put there."""
    kind = structlog.stdlib.ProcessorFormatter
    return [h for h in logging.getLogger().handlers if isinstance(h.formatter, kind)]


@contextmanager
def working(settings: Settings) -> Iterator[None]:
    """A worker beside the server, in this process."""
    worker = WorkerProcess(settings)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(60)


def make_pdf(*pages: str, compressed: bool = True) -> bytes:
    """A PDF with a line of text on each page, which stands in the bytes when not compressed."""
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=(400, 300), invariant=True, pageCompression=int(compressed))
    for text in pages:
        canvas.drawString(40, 200, text)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def upload(
    client: httpx.Client, collection_id: str, file_name: str, data: bytes, **fields: str
) -> httpx.Response:
    """Upload one file."""
    return client.post(
        f"/api/v1/collections/{collection_id}/documents",
        files={"file": (file_name, data)},
        data=fields,
    )


def until_searchable(client: httpx.Client, document_id: str, seconds: float = 90) -> dict:
    """Wait until a document is searchable, or failed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status = client.get(f"/api/v1/documents/{document_id}/status").json()
        if status["searchable"] or status["status"] == "failed":
            return status
        time.sleep(0.05)
    raise AssertionError(f"not searchable after {seconds} s: {status}")


def events(response: httpx.Response) -> list[tuple[str, str, str]]:
    """The (id, event, data) of every server-sent event in a body."""
    found = []
    for block in response.text.split("\n\n"):
        fields: dict[str, str] = {}
        for line in block.splitlines():
            name, _, value = line.partition(": ")
            fields[name] = value
        if "data" in fields:
            found.append((fields.get("id", ""), fields.get("event", ""), fields["data"]))
    return found
