"""Names of the processes that hold leases, by which others see that a holder is gone."""

from __future__ import annotations

import os
from pathlib import Path


def process_name() -> str:
    """A name for this process's leases: machine, process id, and when it started.

    The start tells it from a later process that was given the same id.
    """
    return f"{_machine()}/{os.getpid()}/{_started(os.getpid())}"


def is_gone(name: str) -> bool:
    """Whether ``name`` is a process of this machine that has ended; of others nothing is known."""
    machine, _, rest = name.partition("/")
    process_id, _, started = rest.partition("/")
    if machine != _machine() or not process_id.isdecimal() or not started:
        return False
    return _started(int(process_id)) != started


def _machine() -> str:
    return os.uname().nodename[:30]


def _started(process_id: int) -> str | None:
    """When a process started, in clock ticks since the boot; None when there is no such process."""
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    # A zombie has ended; only its parent has not asked yet how.
    return None if fields[0] == "Z" else fields[19]
