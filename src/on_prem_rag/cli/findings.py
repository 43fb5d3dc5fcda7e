"""What ``doctor`` says of one thing it looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "failed"]
_MARKS: dict[Level, str] = {
    "ok": "[green]ok     [/green]",
    "warning": "[yellow]warning[/yellow]",
    "failed": "[red]failed [/red]",
}


@dataclass(frozen=True)
class Finding:
    """``failed`` keeps the appliance from working or its data from being safe, ``warning`` lessens
    it. ``advice`` is what to do; empty where nothing is to be done."""

    level: Level
    subject: str
    message: str
    advice: str = ""


def print_findings(findings: Sequence[Finding]) -> None:
    """A line each, on standard output."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        advice = f" → {finding.advice}" if finding.advice else ""
        console.print(f"{_MARKS[finding.level]} {finding.subject}: ", end="")
        console.print(f"{finding.message}{advice}", markup=False)
