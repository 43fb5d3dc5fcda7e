"""Writes docs/cli.md from the commands' help: ``python -m tests.architecture.cli_reference``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import typer

from on_prem_rag.cli.main import app

HEAD = """# Command line

Every command but `serve`, `worker`, `migrate`, `backup` and `restore` is a client of `/api/v1`.
With a server running on the same data directory it finds it through `data/run/server.json`; with
none running it serves the API to itself on a private Unix socket for as long as the command takes.
`--url` and `--token-file` name a remote server instead.

Results go to standard output, progress and messages to standard error; `--json` prints JSON.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | failed; the message says why and what to do |
| 2 | wrong usage |
| 3 | not found, not permitted or not signed in |
| 4 | no server reachable, or the data directory is in use by another one |
| 5 | partly done: some files failed |
| 6 | the audit log was tampered with |
| 7 | something that was deleted is still there |
| 8 | the indexes or the originals are not what the database says |
| 9 | a snapshot is broken |
| 10 | what was named is no snapshot or repository of this appliance |
| 11 | a snapshot is newer than this program |
| 12 | a snapshot is encrypted and no key given opens it |
| 13 | what was restored did not pass its checks; nothing was changed |
| 130 | interrupted |

This page is written by `python -m tests.architecture.cli_reference`; a test compares it.
"""


def reference() -> str:
    """The whole page."""
    group: Any = typer.main.get_command(app)
    sections = [HEAD]
    for name, command in group.commands.items():
        sections += _sections(f"on-prem-rag {name}", command)
    return "\n".join(sections)


def _sections(path: str, command: Any) -> Iterator[str]:
    if hasattr(command, "commands"):
        for name, child in command.commands.items():
            yield from _sections(f"{path} {name}", child)
        return
    arguments = [p for p in command.params if not p.opts[0].startswith("-")]
    usage = " ".join([path, *(_argument(p) for p in arguments)])
    yield f"## `{usage}`\n\n{' '.join((command.help or '').split())}\n"
    rows = [f"| `{_names(p)}` | {p.help or ''} |" for p in command.params]
    if rows:
        yield "\n".join(["| | |", "|---|---|", *rows, ""])


def _argument(parameter: Any) -> str:
    name = parameter.name.upper()
    if getattr(parameter, "nargs", 1) == -1:
        name += "…"
    return name if parameter.required else f"[{name}]"


def _names(parameter: Any) -> str:
    if not parameter.opts[0].startswith("-"):
        return str(parameter.name).upper()
    return ", ".join(parameter.opts)


if __name__ == "__main__":
    sys.stdout.write(reference())
