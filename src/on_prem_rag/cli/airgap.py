"""``doctor --airgap``: the customer's own proof, from a journey that is watched."""

from __future__ import annotations

import os
import platform
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import on_prem_rag
from on_prem_rag.cli.airgap_journey import Journey, Step
from on_prem_rag.cli.connection import Target, connect
from on_prem_rag.cli.egress import (
    Address,
    Counters,
    Destination,
    Recorder,
    addresses_of,
    read_counters,
    read_routes,
)
from on_prem_rag.cli.server_file import find_server_file
from on_prem_rag.config import Settings

PLANTED = Destination("tcp", "192.0.2.7", 443)
"""Of a block set aside for documentation (RFC 5737): nobody is there."""
_OUTSIDE = ("1.1.1.1", "8.8.8.8", "2606:4700:4700::1111")
_OUTSIDE_NAME = "example.com"
_PATIENCE_SECONDS = 3.0
_NAME_SECONDS = 15.0


@dataclass(frozen=True)
class WayOut:
    """Something outside that was tried on purpose, once the journey was over."""

    to: str
    reached: bool
    said: str


@dataclass(frozen=True)
class Control:
    """An attempt planted to see that the recorder counts it: by its socket, or without a route."""

    to: str
    seen: bool
    without_route: int

    @property
    def counted(self) -> bool:
        """Whether the recorder works."""
        return self.seen or self.without_route > 0


@dataclass(frozen=True)
class AirGapReport:
    """Everything the proof rests on; ``before`` and ``after`` frame the journey alone."""

    made_at: datetime
    version: str
    machine: str
    namespace: str
    server: str
    steps: list[Step]
    attempts: list[Destination]
    others: list[Destination]
    before: Counters
    after: Counters
    samples: int
    seconds: float
    control: Control
    routes: list[str]
    ways_out: list[WayOut]

    @property
    def without_route(self) -> int:
        """Attempts of anyone in this namespace that the kernel turned away during the journey."""
        return self.after.without_route - self.before.without_route

    @property
    def recorded(self) -> int:
        """Attempts to leave, those of the control not among them."""
        return len(self.attempts) + self.without_route

    @property
    def worked(self) -> bool:
        """Whether every step of the journey came to what it should."""
        return all(step.ok for step in self.steps)

    @property
    def closed(self) -> bool:
        """Whether nothing outside could be reached when it was tried."""
        return not any(way.reached for way in self.ways_out)

    @property
    def passed(self) -> bool:
        """Whether the proof holds."""
        return self.worked and not self.recorded and self.control.counted and self.closed


def prove_air_gap(settings: Settings) -> AirGapReport:
    """Walk the journey under watch, plant the control, then try the ways out.

    Raises ServiceUnavailable when no server can be reached or started.
    """
    entry = find_server_file(settings.server_file_path)
    roots = {os.getpid()} | ({entry.pid} if entry is not None else set())
    recorder = Recorder(own_parts(settings), roots)
    before, started = read_counters(), time.monotonic()
    recorder.start()
    try:
        with connect(Target(), works=True) as client:
            steps = Journey(client).walk()
    finally:
        recorder.stop()
    after, seconds = read_counters(), time.monotonic() - started
    attempts, others = sorted(recorder.attempts), sorted(recorder.others)
    samples = recorder.samples
    return AirGapReport(
        made_at=datetime.now(UTC),
        version=on_prem_rag.__version__,
        machine=f"{platform.node()}, {platform.system()} {platform.release()}",
        namespace=_namespace(),
        server="one of its own, for this proof" if entry is None else f"the one at {entry.url}",
        steps=steps,
        attempts=attempts,
        others=others,
        before=before,
        after=after,
        samples=samples,
        seconds=seconds,
        control=plant(Recorder(set(), {os.getpid()})),
        routes=read_routes(),
        ways_out=try_ways_out(),
    )


def own_parts(settings: Settings) -> set[Address]:
    """Addresses of Ollama and the database. One that lies outside is no part of an air gap."""
    hosts = [settings.ollama_endpoint, settings.sqlalchemy_url]
    named = {host for url in hosts if (host := urlsplit(url).hostname)}
    found = {address for host in named for address in addresses_of(host)}
    return {address for address in found if not address.is_global}


def plant(recorder: Recorder) -> Control:
    """Try to leave as software that calls home does, and see whether that is noticed."""
    before = read_counters().without_route
    with socket.socket(socket.AF_INET) as planted:
        planted.setblocking(False)
        with suppress(OSError):
            planted.connect((PLANTED.address, PLANTED.port))
        recorder.look()
    without_route = read_counters().without_route - before
    return Control(str(PLANTED), PLANTED in recorder.attempts, without_route)


def try_ways_out() -> list[WayOut]:
    """Addresses on the internet and a name, each of which must fail."""
    with ThreadPoolExecutor() as pool:
        name = pool.submit(_try_name, _OUTSIDE_NAME)
        return [*pool.map(_try_address, _OUTSIDE), name.result()]


def _try_address(address: str) -> WayOut:
    to = str(Destination("tcp", address, 443))
    family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.settimeout(_PATIENCE_SECONDS)
            probe.connect((address, 443))
    except OSError as error:
        return WayOut(to, False, error.strerror or str(error))
    return WayOut(to, True, "connected")


def _try_name(name: str) -> WayOut:
    """A resolver may take longer than anybody waits, so it is asked on a thread."""
    said = ["no answer"]
    reached = threading.Event()

    def ask() -> None:
        try:
            socket.getaddrinfo(name, 443)
        except OSError as error:
            said[0] = error.strerror or str(error)
        else:
            said[0] = "resolved"
            reached.set()

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_NAME_SECONDS)
    return WayOut(f"the name {name}", reached.is_set(), said[0])


def _namespace() -> str:
    """Which network was watched: that of this machine, or of one container."""
    mark = Path("/proc/self/ns/net").readlink()
    inside = Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()
    return f"{'of this container' if inside else 'of this machine'}, {mark}"
