"""The appliance as containers, from the shipped compose files."""

from __future__ import annotations

import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.server_process import wait_for

ROOT = Path(__file__).resolve().parents[2]
NAME = "rag.example.internal"
FILES = ("docker-compose.yml", "docker-compose.override.yml", "tests/containers/stack.yml")
HTTP_PORT, HTTPS_PORT = 18080, 18443
APPLIANCE_UID = 10001
PASSWORD = "a long walk to the heron's pond"


@dataclass(frozen=True)
class Stack:
    """The appliance's containers, driven from where its compose files lie."""

    folder: Path
    env: Mapping[str, str]
    root: Path = ROOT
    port: int = HTTPS_PORT
    once: str | None = None
    """The administrator's one-time password; none means that the backend's log tells it."""

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command with this stack's settings; prints what went wrong."""
        done = subprocess.run(
            command, cwd=self.root, env=dict(self.env), capture_output=True, text=True, check=False
        )
        # pytest shows it when the test fails.
        sys.stderr.write(f"{done.stdout[-3000:]}{done.stderr[-3000:]}")
        if check:
            done.check_returncode()
        return done

    def compose(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run docker compose on the shipped files."""
        return self.run("docker", "compose", *arguments, check=check)

    def containers(self) -> dict[str, str]:
        """Ids of the running containers by their services."""
        shown = self.compose("ps", "--format", "{{.Service}} {{.ID}}").stdout
        return dict(line.split() for line in shown.splitlines())

    def trust(self) -> ssl.SSLContext:
        """The private authority, and no other."""
        return ssl.create_default_context(cafile=self.folder / "secrets" / "ca.pem")

    def client(self) -> httpx.Client:
        """Nobody's client of the proxy, which trusts the private authority alone."""

        def name_it(request: httpx.Request) -> None:
            request.extensions["sni_hostname"] = NAME

        return httpx.Client(
            base_url=f"https://127.0.0.1:{self.port}",
            verify=self.trust(),
            headers={"Host": NAME},
            event_hooks={"request": [name_it]},
            timeout=60,
            trust_env=False,
        )

    @contextmanager
    def administrator(self) -> Iterator[httpx.Client]:
        """The administrator's client; the one-time password of a first start is changed."""
        with self.client() as client:
            signed_in = _sign_in(client, PASSWORD)
            if signed_in.status_code == httpx.codes.UNAUTHORIZED:
                once = self.once or self._first_password()
                _authorize(client, _sign_in(client, once))
                change = {"current_password": once, "new_password": PASSWORD}
                signed_in = client.post("/api/v1/auth/password", json=change)
            _authorize(client, signed_in)
            yield client

    def _first_password(self) -> str:
        log = self.compose("logs", "--no-log-prefix", "rag-backend").stdout
        return log.rpartition("not shown again: ")[2].split()[0]


@contextmanager
def without_a_pause(act: Callable[[httpx.Client], None], *clients: httpx.Client) -> Iterator[None]:
    """Let each client act again and again in a thread of its own while the block runs."""
    over = threading.Event()

    def go_on(client: httpx.Client) -> None:
        while not over.is_set():
            act(client)

    threads = [threading.Thread(target=go_on, args=(each,)) for each in clients]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _sign_in(client: httpx.Client, password: str) -> httpx.Response:
    body = {"username": "admin", "password": password}
    return client.post("/api/v1/auth/token", json=body)


def _authorize(client: httpx.Client, signed_in: httpx.Response) -> None:
    signed_in.raise_for_status()
    client.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"


def upload(client: httpx.Client, name: str, text: str) -> str:
    """Send a file into the collection Harbour, made when absent; its id once it is acknowledged."""
    found = client.get("/api/v1/collections", params={"name": "Harbour"}).json()["items"]
    ids = [each["id"] for each in found if each["name"] == "Harbour"]
    if not ids:
        ids = [client.post("/api/v1/collections", json={"name": "Harbour"}).json()["id"]]
    path = f"/api/v1/collections/{ids[0]}/documents"
    sent = client.post(path, files={"file": (name, f"{text}\n".encode())})
    assert sent.status_code == httpx.codes.ACCEPTED, sent.text
    return str(sent.json()["document"]["id"])


def wait_until_searchable(client: httpx.Client, document_id: str) -> None:
    """Ask until the document is found by searches, a minute at the most."""

    def is_searchable() -> bool:
        with suppress(httpx.TransportError):
            status = client.get(f"/api/v1/documents/{document_id}/status")
            return status.is_success and bool(status.json()["searchable"])
        return False

    wait_for(is_searchable, "it is searchable", seconds=60)
