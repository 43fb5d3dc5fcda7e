"""Printing: people read standard error and tables, scripts read JSON on standard output."""

from __future__ import annotations

import json
import sys
from typing import Any

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
