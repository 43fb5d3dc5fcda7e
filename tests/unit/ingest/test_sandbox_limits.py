"""The kernel's bounds, tried in real child processes; each has its control without the bound."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SETUP = (
    "import os, signal, socket, sys; from pathlib import Path\n"
    "from on_prem_rag.ingest.sandbox_limits import *\n"
)


def attempt(action: str, bound: str, *arguments: str) -> str:
    """The name of the exception ``action`` ends with after ``bound``, "" when it works."""
    script = (
        f"{SETUP}{bound}\n"
        f"try:\n    {action}\n"
        "except (OSError, MemoryError) as error:\n    print(type(error).__name__)\n"
    )
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    "action",
    ["socket.socket().close()", "socket.socket(socket.AF_UNIX).close()",
     "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).close()"],
)  # fmt: skip
def test_no_socket_can_be_made(action: str) -> None:
    assert attempt(action, "pass") == ""
    assert attempt(action, "assert deny_network()") == "PermissionError"


def test_tools_it_starts_are_bound_too() -> None:
    action = (
        "import subprocess; subprocess.run([sys.executable, '-c', "
        "'import socket; socket.socket()'], check=True, stderr=subprocess.DEVNULL)"
    )
    assert attempt(action, "pass") == ""
    script = f"{SETUP}assert deny_network()\n{action}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode != 0


@pytest.mark.parametrize(
    "action",
    ["Path(sys.argv[2], 'new').write_text('x')", "Path(sys.argv[2], 'old').write_text('x')",
     "Path(sys.argv[2], 'old').unlink()", "Path(sys.argv[2], 'folder').mkdir()"],
)  # fmt: skip
def test_writing_is_confined(tmp_path: Path, action: str) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "old").write_text("kept")
    bound = "assert allow_writing_only_below(Path(sys.argv[1]))"
    assert attempt(action, bound, str(inside), str(outside)) == "PermissionError"
    assert (outside / "old").read_text() == "kept"
    assert attempt(action, bound, str(inside), str(inside)) == ""


def test_output_can_still_be_sent_nowhere(tmp_path: Path) -> None:
    bound = "assert allow_writing_only_below(Path(sys.argv[1]))"
    assert attempt("Path('/dev/null').write_text('x')", bound, str(tmp_path)) == ""


@pytest.mark.parametrize(
    ("action", "error"),
    [("bytearray(400 << 20)", "MemoryError"),
     ("Path(sys.argv[1], 'big').write_bytes(bytes(2 << 20))", "OSError"),
     ("[open('/dev/null') for _ in range(100)]", "OSError")],
)  # fmt: skip
def test_resources_are_bounded(tmp_path: Path, action: str, error: str) -> None:
    bound = "limit_resources(Limits(300 << 20, 60, file_bytes=1 << 20, open_files=50))"
    assert attempt(action, "pass", str(tmp_path)) == ""
    assert attempt(action, bound, str(tmp_path)) == error
