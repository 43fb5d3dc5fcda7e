"""Opens a Chroma directory in a process of its own: ``python -m on_prem_rag.index.probe DIR``.

A damaged segment can end the process that opens it with SIGSEGV, so the owner lets a child try
first. The child prints the vectors held by collection name as JSON and exits with 0.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from on_prem_rag.config import child_environment

_TIMEOUT_SECONDS = 120


def is_sound(directory: Path, *, timeout: float = _TIMEOUT_SECONDS) -> bool:
    """Whether a child process could open and search every collection within ``timeout`` seconds."""
    command = [sys.executable, "-m", "on_prem_rag.index.probe", str(directory)]
    try:
        done = subprocess.run(
            command,
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main(arguments: list[str]) -> int:
    """Probe the directory named by the one argument."""
    from on_prem_rag.index.chroma import examine_every_collection  # noqa: PLC0415 - heavy

    counts = examine_every_collection(Path(arguments[0]))
    sys.stdout.write(json.dumps(counts))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
