"""``data/run/server.json``: how local commands find the running server and prove they are local.

It is readable by its owner alone and holds a random token of this server's life: whoever can read
the data directory is the operator. Replicas that share a data directory each have a place of their
own for it (SERVER_FILE).
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class ServerFile:
    """Where a server listens (a URL, or a Unix socket's path) and the operator's token."""

    pid: int
    url: str
    token: str
    socket: str | None = None


def write_server_file(path: Path, entry: ServerFile) -> None:
    """Publish a running server, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.stem}-{entry.pid}.json")
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(entry), file)
    staged.rename(path)


def find_server_file(path: Path) -> ServerFile | None:
    """The published server if its process still lives, else None."""
    try:
        entry = ServerFile(**json.loads(path.read_text()))
        os.kill(entry.pid, 0)
    except (FileNotFoundError, ProcessLookupError, ValueError, TypeError):
        return None
    except PermissionError:
        # The process exists but is another user's; so would be the file, had it been readable.
        return entry
    return entry


def remove_server_file(path: Path, pid: int) -> None:
    """Withdraw what this process published."""
    entry = find_server_file(path)
    if entry is not None and entry.pid == pid:
        path.unlink(missing_ok=True)
