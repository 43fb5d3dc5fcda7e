"""``doctor``: what this machine has, what works, and what to do about the rest."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from on_prem_rag.cli.connection import ApiClient, JsonOption, Target, connect
from on_prem_rag.cli.exit_codes import FAILED
from on_prem_rag.errors import AppError

_LOW_DISK_BYTES = 5 * 1024**3
_MARKS = {"ok": "[green]ok  [/green]", "note": "[yellow]note[/yellow]", "bad": "[red]bad [/red]"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``bad`` keeps the appliance from working, ``note`` lessens it."""

    level: Literal["ok", "note", "bad"]
    subject: str
    message: str


def doctor(
    as_json: JsonOption = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Only look at this machine; start no server.")
    ] = False,
) -> None:
    """Check this machine and the server, and say what to do. Exit code 1 when something is bad."""
    from on_prem_rag.cli.output import print_json

    findings = list(_machine())
    if not offline:
        findings += _server()
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        _print(findings)
    if any(finding.level == "bad" for finding in findings):
        raise typer.Exit(FAILED)


def _machine() -> Iterator[Finding]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    supported = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding("ok" if supported else "note", "python", version)
    from on_prem_rag.config import load_settings

    try:
        settings, warnings = load_settings()
    except AppError as error:
        yield Finding("bad", "settings", f"{error.message} {error.hint}")
        return
    for warning in warnings:
        yield Finding("note", "settings", warning)
    yield _data_directory(settings.data_dir)
    yield _tesseract()
    yield _converters()


def _data_directory(path: Path) -> Finding:
    nearest = path
    while not nearest.exists():
        nearest = nearest.absolute().parent
    if not os.access(nearest, os.W_OK):
        return Finding("bad", "data directory", f"{path} cannot be written to")
    free = shutil.disk_usage(nearest).free
    text = f"{path.resolve()}, {free / 1024**3:.0f} GB free"
    return Finding("note" if free < _LOW_DISK_BYTES else "ok", "data directory", text)


def _tesseract() -> Finding:
    program = shutil.which("tesseract")
    if program is None:
        return Finding("note", "tesseract", "scans are not read; apt-get install tesseract-ocr")
    listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False)
    languages = [line for line in listed.stdout.splitlines()[1:] if line != "osd"]
    return Finding("ok", "tesseract", "scans are read in " + ", ".join(languages))


def _converters() -> Finding:
    """Which bounds hold around the processes that read uploaded files."""
    from on_prem_rag.ingest.sandbox import Sandbox

    try:
        with Sandbox() as sandbox:
            ready = sandbox.start()
    except AppError as error:
        return Finding("bad", "converters", error.message)
    lacking = []
    if not ready.network_denied:
        lacking.append("can reach the network (this kernel has no seccomp)")
    if not ready.writing_confined:
        lacking.append("can write anywhere (this kernel has no Landlock)")
    if not ready.unprivileged:
        lacking.append(
            "run as root: start the appliance as another user, or allow it CAP_SETUID, CAP_SETGID,"
            " CAP_CHOWN and CAP_KILL and keep its Python where everyone may read it"
        )
    if lacking:
        return Finding("note", "converters", "they " + "; they ".join(lacking))
    return Finding("ok", "converters", "no network, no writing, not as root")


def _server() -> list[Finding]:
    try:
        with connect(Target()) as client:
            return list(_health(client))
    except AppError as error:
        return [Finding("bad", "server", f"{error.message} {error.hint}")]


def _health(client: ApiClient) -> Iterator[Finding]:
    health = client.json("GET", "health")
    for name, check in (health["checks"] or {}).items():
        if check["status"] == "healthy":
            yield Finding("ok", name, f"{check['response_time_ms']:.0f} ms")
        else:
            vital = health["status"] == "unhealthy"
            yield Finding("bad" if vital else "note", name, check["message"] or "does not answer")
    models = client.json("GET", "models")
    names = [model["name"] for model in models["chat"]]
    if models["reachable"] and models["default_model"] not in names:
        hint = f"Ollama does not have {models['default_model']}; set DEFAULT_MODEL or load it"
        yield Finding("note", "model", f"{hint} (it has: {', '.join(names) or 'none'})")


def _print(findings: list[Finding]) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        console.print(f"{_MARKS[finding.level]} {finding.subject}: ", end="")
        console.print(finding.message, markup=False)
