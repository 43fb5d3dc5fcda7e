"""The main job in a network of loopback alone, with every attempt to leave it recorded."""

from __future__ import annotations

import ipaddress
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.air_gap_journey import PLANTED_ADDRESS
from tests.sample_files import FACTS

ROOT = Path(__file__).parents[2]
DNS_PORT = 53
CALLS = "connect,sendto,sendmsg,sendmmsg"

pytestmark = pytest.mark.timeout(900)

_CALL = re.compile(r"\b(connect|sendto|sendmsg|sendmmsg)\(")
_IPV4 = re.compile(r'sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]+)"\)')
_IPV6 = re.compile(r'sin6_port=htons\((\d+)\).*?inet_pton\(AF_INET6, "([^"]+)"')
_FAMILY = re.compile(r"sa_family=(\w+)")
_LOCAL_FAMILIES = {"AF_UNIX", "AF_NETLINK", "AF_UNSPEC"}
"""Unix sockets, questions to the kernel about its interfaces, and the undoing of a connect."""


def attempts(trace: str) -> list[str]:
    """Lines of an strace log in which a process speaks to anything but this machine.

    A question to a name server counts too, wherever that one listens: it forwards what it is asked.
    """
    return [line for line in trace.splitlines() if _CALL.search(line) and not _is_local(line)]


def _is_local(line: str) -> bool:
    ends = _IPV4.findall(line) + _IPV6.findall(line)
    if ends:
        return all(
            ipaddress.ip_address(address).is_loopback and int(port) != DNS_PORT
            for port, address in ends
        )
    return all(family in _LOCAL_FAMILIES for family in _FAMILY.findall(line))


def watched(directory: Path, *options: str) -> tuple[dict, str]:
    """Walk the journey in a network namespace under strace; its result and the trace."""
    trace = directory / "trace.txt"
    alone = ["unshare", "-rn", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    tracing = ["strace", "-f", "--seccomp-bpf", "-qq", "-s", "0", "-e", f"trace={CALLS}"]
    done = subprocess.run(
        [
            *alone,
            *tracing,
            "-o",
            str(trace),
            *(sys.executable, "-m", "tests.air_gap_journey", str(directory), *options),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1]), trace.read_text()


@pytest.fixture(scope="module")
def tools() -> None:
    """Skips where this machine cannot watch."""
    for program, package in (("strace", "strace"), ("unshare", "util-linux"), ("ip", "iproute2")):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is missing: apt-get install {package}")
    for command in (
        ["unshare", "-rn", "--", "ip", "link", "set", "lo", "up"],
        ["strace", "-f", "--seccomp-bpf", "-o", os.devnull, "true"],
    ):
        tried = subprocess.run(command, capture_output=True, text=True, check=False)
        if tried.returncode != 0:
            pytest.skip(f"{command[0]} is not permitted here: {tried.stderr.strip()}")


@pytest.fixture(scope="module")
def journey(tools: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, str]:
    """The journey with an attempt planted at its end."""
    return watched(tmp_path_factory.mktemp("alone"), "--plant")


def test_the_whole_journey_works_on_loopback_alone(journey: tuple[dict, str]) -> None:
    result, _ = journey
    assert result == {
        "signed_in": True,
        "docs": 200,
        "ingested": len(FACTS),
        "extractive": 2,
        "generated": 2,
        "passages": result["passages"],
        "doctor": 0,
        "stopped": 0,
    }
    assert result["passages"] > 0


def test_nothing_but_what_was_planted_tries_to_leave(journey: tuple[dict, str]) -> None:
    _, trace = journey
    assert trace.count("connect(") > 10, "the trace saw too little"
    found = attempts(trace)
    address, port = PLANTED_ADDRESS
    planted = f'sin_port=htons({port}), sin_addr=inet_addr("{address}")'
    asked = f"htons({DNS_PORT})"
    assert any(planted in line for line in found), "the planted connection was not noticed"
    assert any(asked in line for line in found), "the planted question for a name was not noticed"
    assert [line for line in found if planted not in line and asked not in line] == []
    # One process planted both; no other one has asked for a name.
    by = {line.split()[0] for line in found}
    assert len(by) == 1


@pytest.mark.parametrize(
    "line",
    [
        '7 connect(3, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("10.1.2.3")}, 16)'
        " = -1 ENETUNREACH (Network is unreachable)",
        '7 connect(3, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.53")}, '
        "16) = 0",
        "7 connect(3, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), "
        'inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28 <unfinished ...>',
        '7 sendto(3, ""..., 30, 0, {sa_family=AF_INET, sin_port=htons(123), '
        'sin_addr=inet_addr("198.51.100.1")}, 16) = 30',
        '7 sendmsg(4, {msg_name={sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("8.8.8.8"'
        ")}, msg_namelen=16}, 0) = 1",
        '7 connect(3, {sa_family=AF_PACKET, sll_protocol="x"}, 20) = 0',
    ],
)
def test_what_leaves_the_machine_is_seen(line: str) -> None:
    assert attempts(line) == [line]


@pytest.mark.parametrize(
    "line",
    [
        '7 connect(3, {sa_family=AF_UNIX, sun_path="/tmp/api.sock"}, 16) = 0',
        '7 connect(3, {sa_family=AF_INET, sin_port=htons(8000), sin_addr=inet_addr("127.0.0.1")}, '
        "16) = -1 EINPROGRESS",
        "7 connect(3, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), "
        'inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0',
        '7 sendto(3, ""..., 20, 0, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12) = 20',
        '7 sendto(3, ""..., 20, MSG_NOSIGNAL, NULL, 0) = 20',
        "7 +++ exited with 0 +++",
    ],
)
def test_what_stays_on_the_machine_is_none_of_it(line: str) -> None:
    assert attempts(line) == []
