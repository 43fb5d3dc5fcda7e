"""The proof a customer makes: it holds where nothing leaves, and fails where something tries."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.ollama_standin.server import ThreadedStandIn
from tests.server_process import COMMAND, environment, give_model, running_server

pytestmark = pytest.mark.timeout(600)

ALONE = "ip link set lo up"
ROUTED = (
    f"{ALONE} && ip tuntap add dev leak mode tun && ip addr add 198.51.100.1/24 dev leak"
    " && ip link set leak up && ip route add default dev leak"
)
"""A way out that nobody answers on: packets go to an interface that no program reads."""
ELSEWHERE = "http://8.8.8.8:11434"
STEPS = ["upload", "read and index", "search", "ask", "delete", "prove the deletion"]


def within(network: str, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command in a network namespace of its own."""
    shell = ["unshare", "-rn", "--", "sh", "-c", f'{network} && exec "$@"', "sh"]
    return subprocess.run(
        [*shell, *command], capture_output=True, text=True, check=False, timeout=500, **options
    )


@pytest.fixture(scope="module", autouse=True)
def tools() -> None:
    """Skips where this machine gives no network of one's own."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        pytest.skip("unshare and ip are needed: apt-get install util-linux iproute2")
    tried = within(ALONE, ["true"])
    if tried.returncode != 0:
        pytest.skip(f"a network namespace is not permitted here: {tried.stderr.strip()}")


@pytest.fixture
def prove(built_model: Path, tmp_path: Path) -> Callable[..., tuple[int, dict[str, Any], Path]]:
    """Makes the proof in a network: the exit status, the JSON and the text's path."""

    def run(network: str, **settings: Any) -> tuple[int, dict[str, Any], Path]:
        data = tmp_path / "data"
        give_model(built_model, data)
        report = tmp_path / "report.txt"
        done = within(
            network,
            [*COMMAND, "doctor", "--airgap", "--report", str(report)],
            env=environment(data, **settings),
            cwd=tmp_path,
        )
        assert report.exists(), done.stderr
        return done.returncode, json.loads((tmp_path / "report.txt.json").read_text()), report

    return run


def test_the_proof_holds_where_nothing_leaves(prove: Callable[..., Any]) -> None:
    code, told, report = prove(ALONE)
    assert code == 0, report.read_text()
    assert [step["name"] for step in told["steps"] if step["ok"]][:6] == STEPS
    assert (told["passed"], told["attempts_recorded"], told["routes"]) == (True, 0, [])
    assert told["positive_control"]["counted"]
    assert [way["reached"] for way in told["ways_out"]] == [False] * 4
    text = report.read_text()
    assert "Result:   PASSED" in text
    assert "What this does not prove" in text


def test_a_server_that_tries_to_leave_is_told_of(prove: Callable[..., Any]) -> None:
    code, told, _ = prove(ALONE, ollama_endpoint=ELSEWHERE)
    assert (code, told["passed"]) == (1, False)
    assert told["attempts_without_route"] > 0
    assert all(step["ok"] for step in told["steps"]), "without a model it still answers"


def test_where_a_route_leads_out_the_attempts_are_named(prove: Callable[..., Any]) -> None:
    code, told, _ = prove(ROUTED, ollama_endpoint=ELSEWHERE)
    assert (code, told["passed"]) == (1, False)
    assert "tcp to 8.8.8.8 port 11434" in told["attempts"]
    assert told["positive_control"] == {
        "to": "tcp to 192.0.2.7 port 443",
        "seen": True,
        "without_route": 0,
        "counted": True,
    }
    assert any("0.0.0.0/0" in route for route in told["routes"])


def test_beside_a_running_server_its_attempts_count_and_others_do_not(
    built_model: Path, tmp_path: Path
) -> None:
    # In the test's own network, whatever that is: only what is attributed can be judged here.
    with (
        ThreadedStandIn() as model,
        running_server(tmp_path / "data", built_model, ollama_endpoint=model.url) as server,
    ):
        done = server.command("doctor", "--airgap", "--json", seconds=300)
    told = json.loads(done.stdout)
    assert all(step["ok"] for step in told["steps"]), told["steps"]
    assert told["steps"][3]["detail"].startswith("generated")
    assert told["server"].startswith("the one at")
    assert told["attempts"] == []
    assert told["positive_control"]["counted"]


def test_of_two_programs_the_one_that_is_ours_is_told_apart() -> None:
    done = within(ROUTED, [sys.executable, "-c", TWO_PROGRAMS], env={**os.environ})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "ours": ["tcp to 203.0.113.1 port 443"],
        "others": ["tcp to 203.0.113.2 port 443", "udp to 203.0.113.1 port 53"],
    }


TWO_PROGRAMS = """
import json, socket, subprocess, sys
from on_prem_rag.cli.egress import Recorder

CALL = '''
import socket, sys
s = socket.socket()
s.setblocking(False)
s.connect_ex((sys.argv[1], 443))
print(flush=True)
sys.stdin.read()
'''
def start(address):
    command = [sys.executable, "-c", CALL, address]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline()
    return child

ours, other = start("203.0.113.1"), start("203.0.113.2")
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asking.connect(("203.0.113.1", 53))
recorder = Recorder(set(), {ours.pid})
recorder.look()
found = {"ours": recorder.attempts, "others": recorder.others}
print(json.dumps({name: sorted(map(str, each)) for name, each in found.items()}))
for child in (ours, other):
    child.kill()
    child.wait()
"""
