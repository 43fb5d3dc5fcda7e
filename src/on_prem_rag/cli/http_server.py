"""Running the app under uvicorn: bound first, published once ready, withdrawn at the end."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from on_prem_rag.cli.server_file import ServerFile, remove_server_file, write_server_file
from on_prem_rag.errors import ConfigurationError

if TYPE_CHECKING:
    from on_prem_rag.bootstrap.appliance import Appliance
    from on_prem_rag.config import Settings

_FIRST_BYTE_SECONDS = 1.0
"""From a proxy's connection to its request, on a busy machine."""


class HttpServer(uvicorn.Server):
    """A uvicorn server that tells when it accepts connections and when no more, and then returns.

    The plain one raises the signal that stopped it once more, which would end the process before
    the indexes are closed.
    """

    def __init__(
        self, config: uvicorn.Config, *, on_ready: Callable[[], None], on_stop: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._on_stop = on_stop

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop gracefully on SIGINT and SIGTERM; off the main thread there are no handlers."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        earlier = {n: signal.signal(n, self.handle_exit) for n in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then call ``on_ready``."""
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Call ``on_stop``, accept nothing more, and let what is being answered come to its end.

        Who had connected already is let in, as a closed listener would reset them. Behind a proxy,
        which makes a connection for each request, those without a request yet are waited for: a
        connection closed on it is a request that fails.
        """
        self._on_stop()
        waiting = [each for listener in sockets or [] for each in _accept_all(listener)]
        for server in self.servers:
            server.close()
        for connection in waiting:
            loop = asyncio.get_running_loop()
            await loop.connect_accepted_socket(self._make_protocol, connection)
        if self.config.proxy_headers:
            await asyncio.sleep(_FIRST_BYTE_SECONDS)
        await super().shutdown(sockets=sockets)

    def _make_protocol(self) -> asyncio.Protocol:
        """What uvicorn makes for every connection."""
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def _accept_all(listener: socket.socket) -> Iterator[socket.socket]:
    """The connections that wait on a listener which does not block."""
    while True:
        try:
            connection, _ = listener.accept()
        except BlockingIOError:
            return
        connection.setblocking(False)
        yield connection


def bind_tcp(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ConfigurationError when the address is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"Cannot listen on {host} port {port}: {error.strerror}.",
            hint="Stop what listens there, or choose another port with --port.",
        ) from None
    listener.listen(2048)
    return listener


def bind_unix(path: Path) -> socket.socket:
    """A listening Unix socket that only this user may connect to."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(mask)
    listener.listen(128)
    return listener


def run_app(
    appliance: Appliance,
    listener: socket.socket,
    *,
    url: str,
    unix_path: Path | None,
    on_ready: Callable[[], None],
    register: Callable[[HttpServer], None] | None = None,
) -> None:
    """Serve until stopped; ``register`` is handed the server so that another thread can stop it."""
    from on_prem_rag.api.app import create_app

    settings = appliance.settings
    token = secrets.token_urlsafe(32)
    entry = ServerFile(os.getpid(), url, token, str(unix_path) if unix_path else None)

    def ready() -> None:
        write_server_file(settings.server_file_path, entry)
        on_ready()

    config = _config(create_app(appliance, operator_token=token), settings)
    server = HttpServer(config, on_ready=ready, on_stop=appliance.drain)
    if register is not None:
        register(server)
    try:
        server.run(sockets=[listener])
    finally:
        remove_server_file(settings.server_file_path, os.getpid())
        listener.close()


def _config(app: object, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        log_config=None,
        access_log=False,
        server_header=False,
        # Without this uvicorn lets any process of this machine name the address it comes from.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_keep_alive=settings.keep_alive_timeout,
        timeout_graceful_shutdown=settings.shutdown_timeout,
        backlog=2048,
    )
