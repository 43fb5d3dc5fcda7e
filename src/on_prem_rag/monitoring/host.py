"""What the machine has left, as its kernel says: in a container, too, that is the whole machine.

Only Linux has these files; elsewhere OSError is raised.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates

_STAT = Path("/proc/stat")
_MEMORY = Path("/proc/meminfo")
_BUSY = (0, 1, 2, 5, 6, 7)
"""user, nice, system, irq, softirq, and what the hypervisor kept for others (steal)."""
_IDLE = (3, 4)
"""idle, and waiting for a disk."""


def cpu_seconds() -> dict[str, float]:
    """Seconds that all processors together were ``busy`` and ``idle`` since the machine started."""
    ticks = [int(field) for field in _STAT.read_text().split("\n", 1)[0].split()[1:]]
    hertz = os.sysconf("SC_CLK_TCK")
    return {
        "busy": sum(ticks[i] for i in _BUSY) / hertz,
        "idle": sum(ticks[i] for i in _IDLE) / hertz,
    }


def memory_bytes() -> tuple[int, int]:
    """Bytes of memory, and how many of them can be had without swapping."""
    lines = dict(line.split(":", 1) for line in _MEMORY.read_text().splitlines())
    total, available = (int(lines[key].split()[0]) * 1024 for key in ("MemTotal", "MemAvailable"))
    return total, available


def disk_bytes(path: Path) -> tuple[int, int]:
    """Bytes of the disk that holds ``path``, and how many of them are free for us.

    Raises OSError when there is no such path.
    """
    usage = shutil.disk_usage(path)
    return usage.total, usage.free


def certificate_end(path: Path) -> float:
    """When the first to end of a PEM file's certificates ends, in seconds since the epoch.

    Raises OSError when it cannot be read, ValueError when there is no certificate in it.
    """
    certificates = load_pem_x509_certificates(path.read_bytes())
    return min(each.not_valid_after_utc.timestamp() for each in certificates)
