"""Keeping what a server streams."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import typer


def save(response: httpx.Response, output: Path | None) -> None:
    """Write a streamed body to a file, which is then named, or to standard output."""
    if output is None:
        for piece in response.iter_bytes():
            sys.stdout.buffer.write(piece)
        sys.stdout.flush()
        return
    with output.open("wb") as file:
        for piece in response.iter_bytes():
            file.write(piece)
    typer.echo(f"Written to {output}.", err=True)
