"""The main job from start to stop on this machine alone, to be watched from outside.

python -m tests.air_gap_journey DIRECTORY [--plant]

Prints what came of it as JSON. ``--plant`` adds what must never happen, to see that it is noticed.
"""

from __future__ import annotations

import json
import re
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
from tests.ollama_standin.server import ThreadedStandIn
from tests.sample_files import FACTS, write_sample_files
from tests.server_process import ServerProcess, wait_for

PLANTED_ADDRESS = ("192.0.2.7", 443)
"""Of a block set aside for documentation (RFC 5737)."""
PLANTED_NAME = "updates.vendor.example"


def walk(directory: Path) -> dict[str, Any]:
    """Install nothing, start, sign in, take in, ask with and without a model, search, stop."""
    write_sample_files(directory / "files")
    with ThreadedStandIn() as model:
        server = ServerProcess(directory / "data", ollama_endpoint=model.url)
        server.start()
        try:
            found = {"signed_in": _sign_in(server), "docs": _read_docs(server)}
            found["ingested"] = _command(server, "ingest", str(directory / "files"))["created"]
            model.refuse()
            found["extractive"] = _answers(server, "extractive")
            model.accept()
            found["generated"] = _answers(server, "generated")
            found["passages"] = len(_command(server, "search", FACTS[0].question)["passages"])
            found["doctor"] = server.command("doctor", "--json").returncode
        finally:
            found_stop = server.stop()
    return {**found, "stopped": found_stop}


def _command(server: ServerProcess, *arguments: str) -> dict[str, Any]:
    done = server.command(*arguments, "--json")
    if done.returncode != 0:
        raise SystemExit(f"{arguments} ended with {done.returncode}: {done.stderr}")
    body: dict[str, Any] = json.loads(done.stdout)
    return body


def _answers(server: ServerProcess, mode: str) -> int:
    """Facts answered in this mode, with a citation."""
    answers = [_command(server, "ask", fact.question) for fact in FACTS[:2]]
    return sum(answer["mode"] == mode and bool(answer["citations"]) for answer in answers)


def _sign_in(server: ServerProcess) -> bool:
    """The first admin, with the password printed at the start."""
    printed = r"not shown again: (\S+)"
    found = wait_for(lambda: re.search(printed, server.log), "the first password is printed")
    assert found is not None
    body = {"username": "admin", "password": found.group(1)}
    with httpx.Client(base_url=server.entry.url, trust_env=False, timeout=60) as client:
        return client.post("/api/v1/auth/token", json=body).status_code == 200


def _read_docs(server: ServerProcess) -> int:
    with httpx.Client(base_url=server.entry.url, trust_env=False, timeout=60) as client:
        return client.get("/docs").status_code


def plant() -> None:
    """Speak to another machine and ask for a name, as software that calls home does."""
    with suppress(OSError), socket.create_connection(PLANTED_ADDRESS, timeout=2):
        pass
    with suppress(OSError):
        socket.getaddrinfo(PLANTED_NAME, 443)


if __name__ == "__main__":
    result = walk(Path(sys.argv[1]))
    if "--plant" in sys.argv[2:]:
        plant()
    print(json.dumps(result))  # noqa: T201 - what the watching test reads
