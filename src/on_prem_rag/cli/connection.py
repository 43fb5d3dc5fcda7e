"""Reaching a server: a remote one by URL and token, the local one, or a private one made here."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import typer

from on_prem_rag.cli.server_file import ServerFile, find_server_file
from on_prem_rag.errors import AppError, ServiceUnavailable

if TYPE_CHECKING:
    from on_prem_rag.cli.http_server import HttpServer
    from on_prem_rag.config import Settings

UrlOption = Annotated[
    str | None, typer.Option("--url", help="A remote server's address; needs --token-file.")
]
TokenOption = Annotated[
    Path | None,
    typer.Option("--token-file", help="File with a bearer token for the remote server."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]

_START_SECONDS = 60.0


@dataclass(frozen=True)
class Target:
    """Where a command's requests go, as the user asked."""

    url: str | None = None
    token_file: Path | None = None


@contextmanager
def connect(target: Target, *, works: bool = False) -> Iterator[ApiClient]:
    """A client for the server; starts a private one when none runs on this data directory.

    ``works`` says that the command needs jobs to be done, so a private server gets a worker.
    """
    if target.url is not None:
        if target.token_file is None:
            raise ServiceUnavailable("--url needs --token-file.", hint="Sign in to get a token.")
        token = target.token_file.read_text().strip()
        with ApiClient(ServerFile(0, target.url, token)) as client:
            yield client
        return
    from on_prem_rag.cli.settings import load_and_report

    settings = load_and_report(log_level="WARNING")
    entry = find_server_file(settings.server_file_path)
    if entry is not None:
        with ApiClient(entry) as client:
            yield client
        return
    with _private_server(settings, workers=1 if works else 0) as entry, ApiClient(entry) as client:
        yield client


class ApiClient(httpx.Client):
    """An HTTP client of ``/api/v1`` whose failures are AppErrors with the server's own words."""

    def __init__(self, server: ServerFile) -> None:
        transport = httpx.HTTPTransport(uds=server.socket, retries=0)
        super().__init__(
            base_url=f"{server.url}/api/v1/",
            headers={"Authorization": f"Bearer {server.token}"},
            transport=transport,
            # Answers take minutes on a slow machine; the server has time-outs of its own.
            timeout=httpx.Timeout(10.0, read=600.0, write=600.0),
            trust_env=False,
        )

    def send(self, request: httpx.Request, **kwargs: Any) -> httpx.Response:
        """Send, raising AppError for an unreachable server and for every error status."""
        try:
            response = super().send(request, **kwargs)
        except httpx.TransportError as error:
            raise ServiceUnavailable(
                f"The server at {request.url.host} did not answer ({type(error).__name__}).",
                hint="Start it with `on-prem-rag serve`.",
            ) from None
        if response.is_error:
            response.read()
            raise _app_error(response)
        return response

    def json(self, method: str, path: str, **kwargs: Any) -> Any:
        """Request and decode a JSON body."""
        response = self.request(method, path, **kwargs)
        return response.json() if response.content else None


def _app_error(response: httpx.Response) -> AppError:
    try:
        body = response.json()["error"]
        code, message, hint = body["code"], body["message"], body.get("hint") or ""
    except (ValueError, KeyError, TypeError):
        code, hint = "http", ""
        message = f"The server answered {response.status_code} without saying why."
    return _error_class(code)(message, hint=hint)


def _error_class(code: str) -> type[AppError]:
    known: list[type[AppError]] = [AppError]
    for kind in known:
        known.extend(kind.__subclasses__())
    # Classes with further constructor arguments are raised as their plain ancestors.
    plain = (kind for kind in known if kind.code == code and kind.__init__ is AppError.__init__)
    return next(plain, AppError)


@contextmanager
def _private_server(settings: Settings, workers: int) -> Iterator[ServerFile]:
    """Run the app in this process on a Unix socket until the command ends."""
    import tempfile

    from on_prem_rag.bootstrap.appliance import Appliance
    from on_prem_rag.cli.http_server import bind_unix, run_app

    ready = threading.Event()
    servers: list[HttpServer] = []
    appliance = Appliance(settings, workers=workers)
    # A Unix socket's path is short (108 bytes), so it does not lie in the data directory.
    with tempfile.TemporaryDirectory(prefix="on-prem-rag-") as directory:
        path = Path(directory) / "api.sock"
        listener = bind_unix(path)
        try:
            appliance.start()
            thread = threading.Thread(
                target=run_app,
                args=(appliance, listener),
                kwargs={
                    "url": "http://localhost",
                    "unix_path": path,
                    "on_ready": ready.set,
                    "register": servers.append,
                },
                name="private-server",
            )
            thread.start()
            deadline = time.monotonic() + _START_SECONDS
            while not ready.wait(0.05) and thread.is_alive() and time.monotonic() < deadline:
                pass
            entry = find_server_file(settings.server_file_path) if ready.is_set() else None
            if entry is None:
                raise ServiceUnavailable("The private server did not start; see the log.")
            yield entry
        finally:
            for server in servers:
                server.should_exit = True
            if servers:
                thread.join()
            appliance.stop()
