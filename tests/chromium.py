"""The system's Chromium, which tests and benchmarks drive."""

from __future__ import annotations

import shutil


def find_chromium() -> str | None:
    """Where it is; None where there is none (``apt-get install chromium``)."""
    return shutil.which("chromium") or shutil.which("chromium-browser")
