"""Who leaves: a port of this machine that notes who connects, and a counter of its firewall."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.containers.stack import Stack

CHAIN = "RAG-EGRESS"
OUTSIDE = "192.0.2.1"
"""Set aside for documentation: nobody has it."""


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


@contextmanager
def counting_egress(stack: Stack) -> Iterator[Callable[[], int]]:
    """Packets from the internal networks to elsewhere, counted before any rule of Docker."""
    networks = [
        f"{stack.env['COMPOSE_PROJECT_NAME']}_{name}" for name in ("front", "model", "store")
    ]
    form = "{{(index .IPAM.Config 0).Subnet}}"
    told = stack.run("docker", "network", "inspect", "--format", form, *networks)
    subnets = told.stdout.split()

    def rule(*arguments: str) -> str:
        return stack.run("iptables", "--wait", "--table", "raw", *arguments).stdout

    rule("--new-chain", CHAIN)
    try:
        for subnet in subnets:
            rule("--append", CHAIN, "--destination", subnet, "--jump", "RETURN")
        rule("--append", CHAIN)
        for subnet in subnets:
            rule("--insert", "PREROUTING", "--source", subnet, "--jump", CHAIN)
        yield lambda: int(rule("--list", CHAIN, "--verbose", "--exact").splitlines()[-1].split()[0])
    finally:
        for subnet in subnets:
            rule("--delete", "PREROUTING", "--source", subnet, "--jump", CHAIN)
        rule("--flush", CHAIN)
        rule("--delete-chain", CHAIN)


def plant_attempt(stack: Stack, service: str) -> None:
    """Give a container a way to the host, and let something in it try to reach somebody."""
    container = stack.containers()[service]
    pid = stack.run("docker", "inspect", "--format", "{{.State.Pid}}", container).stdout.strip()
    form = "{{(index .IPAM.Config 0).Gateway}}"
    network = f"{stack.env['COMPOSE_PROJECT_NAME']}_model"
    gateway = stack.run("docker", "network", "inspect", "--format", form, network).stdout.strip()
    within = ("nsenter", "--target", pid, "--net")
    stack.run(*within, "ip", "route", "add", OUTSIDE, "via", gateway)
    try:
        attempt = f"exec 3<>/dev/tcp/{OUTSIDE}/443"
        stack.run(*within, "timeout", "3", "bash", "-c", attempt, check=False)
    finally:
        stack.run(*within, "ip", "route", "delete", OUTSIDE)
