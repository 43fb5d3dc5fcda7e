"""Hostile files made here: each ends in a state with a reason, and harms nothing and nobody."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.eval_data import FULL
from tests.security.hostile_archives import HostileFile
from tests.security.hostile_journey import (
    MEMORY_BYTES,
    PLANTED,
    SECONDS,
    SECRET,
    hostile_files,
)
from tests.server_process import ServerProcess, running_server, wait_for

ROOT = Path(__file__).parents[2]
CALLS = "socket,connect,bind,sendto,sendmsg,sendmmsg"
_OUTWARD = re.compile(r"AF_INET6?|AF_PACKET|AF_VSOCK")
_SPLIT_SECONDS = 20.0
WORKER_BYTES = 1 << 30
CODES = {
    "unreadable_file", "encrypted_file", "empty_file", "file_too_complex", "conversion_timeout",
    "unsupported_media_type",
}  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800 if FULL else 600)]


def listing(folder: Path) -> dict[str, int]:
    """Every file and folder below ``folder`` with its size; what is written there shows."""
    return {
        str(path.relative_to(folder)): path.lstat().st_size
        for path in sorted(folder.rglob("*"))
        if not path.is_dir() or not any(path.iterdir())
    }


def can_watch() -> bool:
    """Whether strace is here and may trace."""
    command = ["strace", "-f", "--seccomp-bpf", "-o", os.devnull, "true"]
    return shutil.which("strace") is not None and (
        subprocess.run(command, capture_output=True, check=False).returncode == 0
    )


def outward(trace: str) -> list[str]:
    """Lines of an strace log in which a process makes or uses a socket that leaves it."""
    return [line for line in trace.splitlines() if _OUTWARD.search(line)]


def walk(folder: Path) -> tuple[dict[str, Any], str | None]:
    """Read every file in a process of its own; what it said, and its trace where one is taken."""
    outside, current, scratch = folder / "outside", folder / "cwd", folder / "tmp"
    for each in (outside, current, scratch):
        each.mkdir()
    (outside / "secret").write_text(SECRET)
    before = listing(folder)
    trace = folder / "trace.txt"
    command = [sys.executable, "-m", "tests.security.hostile_journey", str(folder), "--plant"]
    tracing = ["strace", "-f", "--seccomp-bpf", "-qq", "-s", "0", "-e", f"trace={CALLS}"]
    watched = can_watch()
    done = subprocess.run(
        [*([*tracing, "-o", str(trace)] if watched else []), *command, *["--full"] * FULL],
        cwd=current,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(scratch),
            "HOME": str(current),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    shutil.rmtree(folder / "stored")
    said = trace.read_text() if watched else None
    trace.unlink(missing_ok=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**result, "before": before, "after": listing(folder)}, said


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str | None]:
    """All files read once, for every test of this module that asks what became of them."""
    return walk(tmp_path_factory.mktemp("hostile"))


def problem(file: Mapping[str, Any]) -> str:
    """What is wrong with a file's end, "" when nothing is."""
    if file["seconds"] > SECONDS + _SPLIT_SECONDS or file.get("split_seconds", 0) > _SPLIT_SECONDS:
        return f"took {file['seconds']:.0f} s"
    if file.get("secret"):
        return "tells the secret"
    if not file["code"]:
        if file["ends"] == "read" and not file["fact"]:
            return "its text is lost"
        return "taken for readable" if file["ends"] == "refused" else ""
    if file["ends"] == "read":
        return f"not read: {file['message']}"
    return "" if is_reason(file["code"], file["message"]) else f"no reason: {file['message']!r}"


def is_reason(code: str, message: str) -> bool:
    """A known kind of failure, said in a sentence and not in the words of a program."""
    spoken = re.fullmatch(r"[A-Z][^\n]{10,200}\.", message) is not None
    return code in CODES and spoken and not re.search(r"Error\b|Traceback|0x|(?<!\w)/", message)


def test_every_file_ends_in_a_state_with_a_reason(
    journey: tuple[dict[str, Any], str | None],
) -> None:
    result, _ = journey
    problems = [f"{file['name']}: {problem(file)}" for file in result["files"] if problem(file)]
    assert problems == []
    assert len(result["files"]) >= 200
    assert {file["code"] for file in result["files"]} >= {"", "encrypted_file", "file_too_complex"}
    # The same zygote served all of them: no file reached beyond its own child.
    assert result["lasted"]
    assert result["peak_bytes"] < MEMORY_BYTES


def test_nothing_is_written_outside_staging(journey: tuple[dict[str, Any], str | None]) -> None:
    result, _ = journey
    assert result["after"] == result["before"]


def test_nothing_but_what_was_planted_tries_to_leave(
    journey: tuple[dict[str, Any], str | None],
) -> None:
    _, trace = journey
    if trace is None:
        pytest.skip("strace is missing or not permitted here: apt-get install strace")
    found = outward(trace)
    address, port = PLANTED
    assert any(f'htons({port}), sin_addr=inet_addr("{address}")' in line for line in found)
    # One process made the planted socket and connected it; no other one has tried.
    assert len(found) == 2
    assert len({line.split()[0] for line in found}) == 1


def test_what_is_wrong_is_seen() -> None:
    good = {"seconds": 1.0, "code": "", "message": "", "fact": True, "ends": "read"}
    assert problem(good) == ""
    refused = {**good, "ends": "any", "code": "unreadable_file"}
    assert problem({**refused, "message": "The file is damaged, alas."}) == ""
    for changes in (
        {"seconds": 90.0},
        {"split_seconds": 21.0},
        {"secret": True},
        {"fact": False},
        {"ends": "refused"},
        {"code": "unreadable_file", "message": "The file is damaged, alas."},
    ):
        assert problem({**good, **changes}) != ""
    for message in ("", "ValueError: 3", "The file /data/x is bad.", "reader crashed"):
        assert problem({**refused, "message": message}) != ""
    assert problem({**refused, "code": "internal_error", "message": "It did not go well."}) != ""


def test_a_write_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    before = listing(tmp_path)
    (tmp_path / "a" / "planted").touch()
    assert listing(tmp_path) != before


# --- through the API, the store and the worker ---


def uploaded(files: list[HostileFile]) -> list[HostileFile]:
    """Those that go through the worker: by default a spread of the small ones."""
    return files if FULL else [f for f in files if len(f.data) < 150_000][::6]


def send(client: httpx.Client, collection: str, name: str, data: bytes) -> dict[str, Any]:
    """Upload; the job, or the error of what is refused at once."""
    answer = client.post(f"collections/{collection}/documents", files={"file": (name, data)})
    assert answer.status_code < 500, f"{name}: {answer.text}"
    body: dict[str, Any] = answer.json()
    return body


def ended(client: httpx.Client, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The job of an upload once it has ended."""
    path = f"jobs/{sent['job_id']}"
    job: dict[str, Any] = wait_for(
        lambda: (j := client.get(path).json())["finished_at"] and j,
        "the job ends",
        1800 if FULL else 300,
    )
    return job


def peak_bytes(pid: int) -> int:
    """A process's largest resident memory so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if "VmHWM" in line)) * 1024


def strangers(server: ServerProcess) -> list[str]:
    """Files in the data directory that the appliance has no name for."""
    known = re.compile(
        r"originals/([0-9a-f]{64}|\.lock)|rag\.db(-wal|-shm|-turn)?|(index|run|models)/.*"
    )
    return [name for name in listing(server.data_dir) if not known.fullmatch(name)]


def test_the_worker_outlives_them_and_reads_what_others_send(
    tmp_path: Path, built_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside, scratch = tmp_path / "outside", tmp_path / "tmp"
    for each in (outside, scratch):
        each.mkdir()
    (outside / "secret").write_text(SECRET)
    monkeypatch.setenv("TMPDIR", str(scratch))
    files = uploaded(list(hostile_files(outside, full=FULL)))
    quiet = {"rate_limit_requests_per_minute": 1_000_000}
    with running_server(tmp_path / "data", built_model, **quiet) as server, server.client() as c:
        (worker,) = wait_for(server.workers, "a worker runs")
        collections = [
            c.post("collections", json={"name": name}).json()["id"] for name in ("Bad", "Good")
        ]
        sent, harmless = [], []
        for number, file in enumerate(files):
            sent.append((file, send(c, collections[0], file.name, file.data)))
            if number % 10 == 0:
                text = f"Harmless file {number} tells of heron{number}.".encode()
                harmless.append((number, send(c, collections[1], f"{number}.txt", text)))
        problems = [f"{file.name}: {state}" for file, upload in sent if (state := bad(c, upload))]
        assert problems == []
        for number, upload in harmless:
            assert ended(c, upload)["status"] == "succeeded"
            query = {"query": f"heron{number}", "collection_ids": [collections[1]]}
            wait_for(lambda q=query: c.post("search", json=q).json()["passages"], "it is found")
        secret = {"query": SECRET, "collection_ids": [collections[0]], "strategy": "lexical"}
        assert all(
            SECRET not in p["text"] for p in c.post("search", json=secret).json()["passages"]
        )
        assert server.workers() == [worker]
        assert peak_bytes(worker) < WORKER_BYTES
        assert strangers(server) == []
        (server.data_dir / "originals" / "planted").touch()
        assert strangers(server) == ["originals/planted"]
    assert [p.name for p in outside.iterdir()] == ["secret"]
    assert [p for p in scratch.iterdir() if p.name.startswith("sandbox-")] == []


def bad(client: httpx.Client, sent: Mapping[str, Any]) -> str:
    """What is wrong with the end of an upload, "" when nothing is."""
    error = sent.get("error")
    if error is None:
        job = ended(client, sent)
        if job["status"] == "succeeded":
            return ""
        error = job["error"]
    return "" if is_reason(error["code"], error["message"]) else str(error)
