"""The linters of containers and scripts find nothing; every script says what it does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent
SCRIPTS = sorted(
    {
        *ROOT.glob("scripts/*.sh"),
        *ROOT.glob("deploy/**/*.sh"),
        ROOT / "scripts" / "uv",
        ROOT / ".ci" / "run",
    }
)
# The others are sourced by these.
COMMANDS = [path for path in sorted(ROOT.glob("scripts/*.sh")) if os.access(path, os.X_OK)]
NO_OPTION = "--no-such-option"


def lint(tool: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What a linter says of files, without settings of whoever runs it."""
    return subprocess.run(
        [TOOLS / tool, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("path", sorted(ROOT.glob("Dockerfile*")), ids=lambda path: path.name)
def test_hadolint_finds_nothing(path: Path) -> None:
    done = lint("hadolint", "--no-color", path)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_shellcheck_finds_nothing(path: Path) -> None:
    done = lint("shellcheck", "--norc", "--external-sources", "--source-path", ROOT, path)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout


def test_what_is_wrong_is_found(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian\nRUN cd /tmp && apt-get install curl\n")
    assert "DL3006" in lint("hadolint", "--no-color", tmp_path / "Dockerfile").stdout
    (tmp_path / "bad.sh").write_text("#!/bin/sh\nrm -rf $1/*\n")
    assert "SC2086" in lint("shellcheck", "--norc", tmp_path / "bad.sh").stdout


def test_there_are_scripts_and_what_is_no_command_is_sourced() -> None:
    assert len(COMMANDS) >= 3
    texts = "".join(path.read_text() for path in COMMANDS)
    for path in set(ROOT.glob("scripts/*.sh")) - set(COMMANDS):
        sourced = re.search(rf"^\. .*scripts/{path.name}\"?$", texts, re.M)
        assert sourced, f"{path.name} is neither run nor sourced"


def called(script: Path, argument: str, elsewhere: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [script, argument],
        cwd=elsewhere,
        env={**os.environ, "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("script", COMMANDS, ids=lambda path: path.name)
def test_a_script_says_what_it_does_wherever_it_is_called(
    script: Path, option: str, tmp_path: Path
) -> None:
    done = called(script, option, tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"scripts/{script.name}" in done.stdout
    assert len(done.stdout.split()) > 8, "it says too little"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("script", COMMANDS, ids=lambda path: path.name)
def test_a_script_refuses_an_option_it_does_not_know(script: Path, tmp_path: Path) -> None:
    done = called(script, NO_OPTION, tmp_path)
    assert done.returncode == 2, done.stderr
    assert NO_OPTION in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []
