"""Printing: people read standard error and tables, scripts read JSON on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import typer

from on_prem_rag.errors import AppError


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def print_error(error: AppError) -> None:
    """What is wrong and what to do, on standard error."""
    sys.stderr.write(f"Error: {error.message}\n")
    if error.hint:
        sys.stderr.write(f"{error.hint}\n")


def print_warning(text: str) -> None:
    """A warning on standard error."""
    sys.stderr.write(f"Warning: {text}\n")


def print_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table on standard output."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*headers, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)


def confirm(question: str, yes: bool) -> None:
    """Ask before something is lost, unless ``--yes`` was given; ends the command on a no."""
    if not yes:
        typer.confirm(question, abort=True)
