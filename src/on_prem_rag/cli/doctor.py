"""``doctor``: what this machine has, what works, and what to do about the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from on_prem_rag.cli.connection import JsonOption
from on_prem_rag.cli.exit_codes import FAILED
from on_prem_rag.cli.findings import Finding, print_findings
from on_prem_rag.config import Settings, load_settings
from on_prem_rag.errors import AppError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    as_json: JsonOption = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Only look at this machine; start no server.")
    ] = False,
    airgap: Annotated[
        bool,
        typer.Option(
            "--airgap",
            help="Prove instead that nothing leaves: take a document in, ask, delete, under watch.",
        ),
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(help="File for the proof of --airgap; its JSON goes to FILE.json."),
    ] = None,
) -> None:
    """Check settings, files, ports, clock, models, index and backups, and say what to do.

    Each line is ok, warning or failed. Exit code 0: nothing failed, or the proof of --airgap holds;
    1: something did, or it does not.
    """
    from on_prem_rag.cli.output import print_json

    if report is not None and not airgap:
        raise typer.BadParameter("is the proof's: it needs --airgap", param_hint="--report")
    if airgap:
        _prove_air_gap(as_json, report)
        return
    findings = list(examine(offline=offline))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        print_findings(findings)
    if any(finding.level == "failed" for finding in findings):
        raise typer.Exit(FAILED)


def _prove_air_gap(as_json: bool, path: Path | None) -> None:
    from on_prem_rag.cli.airgap import prove_air_gap
    from on_prem_rag.cli.airgap_report import as_dict, as_text, write_report
    from on_prem_rag.cli.output import print_json

    report = prove_air_gap(load_settings()[0])
    if as_json:
        print_json(as_dict(report))
    else:
        typer.echo(as_text(report), nl=False)
    if path is not None:
        beside = write_report(report, path)
        typer.echo(f"Written to {path} and {beside}.", err=True)
    if not report.passed:
        raise typer.Exit(FAILED)


def examine(*, offline: bool) -> Iterator[Finding]:
    """Everything there is to say; ``offline`` starts no server and asks none."""
    from on_prem_rag.cli.doctor_files import look_at_files
    from on_prem_rag.cli.doctor_machine import look_at_machine
    from on_prem_rag.cli.doctor_server import look_at_server

    try:
        settings, warnings = load_settings()
    except AppError as error:
        yield Finding("failed", "settings", error.message, error.hint or "")
        return
    yield from _settings(settings, warnings)
    yield from look_at_machine(settings)
    yield from look_at_files(settings)
    if not offline:
        yield from look_at_server(settings)


def _settings(settings: Settings, warnings: list[str]) -> Iterator[Finding]:
    """What was misspelt, and what is meant for a desk but runs for others.

    Secrets that are short or known were refused before.
    """
    for warning in warnings:
        yield Finding("warning", "settings", warning, "correct or remove it")
    if settings.environment == "development" and not _is_loopback(settings.host):
        said = f"ENVIRONMENT is development, and {settings.host} is not this machine alone"
        yield Finding("warning", "settings", said, "ENVIRONMENT=production")
    elif not warnings:
        yield Finding("ok", "settings", f"{settings.environment}; every name is known")
    given = {"JWT_SECRET": settings.jwt_secret, "AUDIT_KEY": settings.audit_key}
    made = [name for name, value in given.items() if value is None]
    where = f"; made here: {', '.join(made)}" if made else ""
    yield Finding("ok", "secrets", f"none is short or a known default{where}")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
