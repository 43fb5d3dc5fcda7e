"""Watching what leaves this machine, or this container, with what every Linux has.

The kernel's tables of sockets are read many times a second, and its counters before and after:
whoever connects stands in a table for as long as that lasts, and whoever has no route is counted.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator, Set
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

Address = IPv4Address | IPv6Address
_TABLES = ("tcp", "tcp6", "udp", "udp6")
_LISTEN = "0A"
_NET = Path("/proc/self/net")
_INTERVAL = 0.02
DNS_PORT = 53


@dataclass(frozen=True, order=True)
class Destination:
    """Where someone tried to go."""

    protocol: str
    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.protocol} to {self.address} port {self.port}"


@dataclass(frozen=True)
class Socket:
    """A line of the kernel's tables that names another end; ``inode`` is 0 once it is closed."""

    destination: Destination
    local_port: int
    uid: int
    inode: int


@dataclass(frozen=True)
class Counters:
    """The kernel's own counts since this network namespace began."""

    without_route: int
    tcp_opened: int
    udp_sent: int
    sent: dict[str, int]
    """Packets by interface, without loopback."""


class Recorder:
    """Collects outward destinations until ``stop``; ``allowed`` are the appliance's own parts.

    ``pids`` are the appliance's roots: their children belong to it, and what belongs to none of
    them is kept apart in ``others``.
    """

    def __init__(self, allowed: Set[Address], pids: Set[int]) -> None:
        self.attempts: set[Destination] = set()
        self.others: set[Destination] = set()
        self.samples = 0
        self._allowed = allowed
        self._roots = pids
        self._known: set[Socket] = set()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._before_us = {each for each in read_sockets() if each.inode == 0}
        self._thread = threading.Thread(target=self._watch, name="egress", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Look once more and end."""
        self._ended.set()
        self._thread.join()
        self.look()

    def look(self) -> None:
        """Read the tables once."""
        with self._lock:
            self.samples += 1
            for found in read_sockets():
                if found in self._known or found in self._before_us:
                    continue
                self._known.add(found)
                if is_outward(found.destination, self._allowed):
                    ours = self._is_ours(found)
                    (self.attempts if ours else self.others).add(found.destination)

    def _watch(self) -> None:
        while not self._ended.wait(_INTERVAL):
            self.look()

    def _is_ours(self, found: Socket) -> bool:
        """By the process that has it; by its user where that cannot be seen."""
        family = family_of(self._roots)
        holder = _holder(found.inode)
        if holder is not None:
            return holder in family
        return found.uid in {_user(pid) for pid in family}


def is_outward(destination: Destination, allowed: Set[Address]) -> bool:
    """Whether this leaves the appliance. A question for a name leaves it wherever it is put, but
    to the resolver that the container engine keeps on loopback."""
    address = ip_address(destination.address)
    if address.is_loopback:
        return False
    return address not in allowed or destination.port == DNS_PORT


def read_sockets() -> Iterator[Socket]:
    """Every socket of this network namespace that has another end and was opened from here."""
    for table in _TABLES:
        try:
            lines = (_NET / table).read_text().splitlines()[1:]
        except OSError:
            continue
        rows = [line.split() for line in lines]
        listening = {_port(row[1]) for row in rows if row[3] == _LISTEN}
        for row in rows:
            local, remote = _port(row[1]), row[2]
            # What comes in is answered from a port that is listened on.
            if int(remote.partition(":")[0], 16) and local not in listening:
                destination = Destination(table[:3], str(_address(remote)), _port(remote))
                yield Socket(destination, local, int(row[7]), int(row[9]))


def read_counters() -> Counters:
    """Now."""
    snmp = _numbers("snmp")
    snmp6 = {name: int(count) for name, count in (line.split() for line in _read("snmp6"))}
    sent = {
        name.strip(): int(values.split()[9])
        for name, _, values in (line.partition(":") for line in _read("dev")[2:])
        if name.strip() != "lo"
    }
    return Counters(
        snmp["Ip.OutNoRoutes"] + snmp6.get("Ip6OutNoRoutes", 0),
        snmp["Tcp.ActiveOpens"],
        snmp["Udp.OutDatagrams"] + snmp6.get("Udp6OutDatagrams", 0),
        sent,
    )


def read_routes() -> list[str]:
    """The routes of this namespace that do not stay on loopback, one a line."""
    found = []
    for line in _read("route")[1:]:
        name, destination, gateway, *_, mask = line.split()[:8]
        target, via = _little_endian(destination), _little_endian(gateway)
        bits = bin(int(mask, 16)).count("1")
        shown = f"via {via} " if int(gateway, 16) else ""
        found.append(f"{target}/{bits} {shown}dev {name}")
    for line in _read("ipv6_route"):
        words = line.split()
        address, length, name = IPv6Address(bytes.fromhex(words[0])), int(words[1], 16), words[-1]
        if name != "lo" and not address.is_multicast and not address.is_link_local:
            found.append(f"{address}/{length} dev {name}")
    return found


def addresses_of(host: str) -> set[Address]:
    """What a host of the appliance's own settings resolves to; empty when it does not."""
    try:
        return {ip_address(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return set()


def family_of(roots: Set[int]) -> set[int]:
    """These processes and all their children."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(fields[1])
    family = set(roots)
    while grown := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= grown
    return family


def _holder(inode: int) -> int | None:
    wanted = f"socket:[{inode}]"
    for path in Path("/proc").glob("[0-9]*/fd/*") if inode else ():
        try:
            if str(path.readlink()) == wanted:
                return int(path.parts[2])
        except OSError:
            continue
    return None


def _user(pid: int) -> int | None:
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        return None


def _read(name: str) -> list[str]:
    try:
        return (_NET / name).read_text().splitlines()
    except OSError:
        return []


def _numbers(name: str) -> dict[str, int]:
    lines = _read(name)
    found: dict[str, int] = {}
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        prefix, *keys = names.split()
        for key, value in zip(keys, values.split()[1:], strict=True):
            found[prefix.rstrip(":") + "." + key] = int(value)
    return found


def _port(end: str) -> int:
    return int(end.rpartition(":")[2], 16)


def _address(end: str) -> Address:
    """The kernel writes words of 32 bits in the order of this machine's bytes."""
    words = bytes.fromhex(end.partition(":")[0])
    count = len(words) // 4
    address = ip_address(struct.pack(f"={count}I", *struct.unpack(f">{count}I", words)))
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def _little_endian(word: str) -> IPv4Address:
    return IPv4Address(struct.pack("=I", int(word, 16)))
