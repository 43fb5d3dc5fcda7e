"""Somebody outside to reach: a port of this machine that notes who connects."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.containers.stack import Stack


@contextmanager
def listening() -> Iterator[tuple[int, list[str]]]:
    """The port, and the addresses that connected so far."""
    seen: list[str] = []
    with socket.create_server(("0.0.0.0", 0)) as server:

        def note() -> None:
            while True:
                try:
                    connection, address = server.accept()
                except OSError:
                    return
                seen.append(address[0])
                connection.close()

        threading.Thread(target=note, daemon=True).start()
        yield server.getsockname()[1], seen
        server.shutdown(socket.SHUT_RDWR)


def host_address(stack: Stack) -> str:
    """This machine's address on the engine's own bridge."""
    form = "{{(index .IPAM.Config 0).Gateway}}"
    return stack.run("docker", "network", "inspect", "bridge", "--format", form).stdout.strip()
