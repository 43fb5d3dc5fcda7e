"""Every command explains itself, and wrong usage is told from failure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from tests.cli.conftest import Command

from on_prem_rag.cli.main import app

EXPECTED = {
    "serve",
    "worker",
    "ingest",
    "ask",
    "search",
    "collections",
    "documents",
    "users",
    "models",
    "reindex",
    "evaluate",
    "doctor",
}
WITH_JSON = [
    ["ingest"],
    ["ask"],
    ["search"],
    ["collections", "list"],
    ["documents", "list"],
    ["users", "list"],
    ["models"],
    ["reindex"],
    ["evaluate"],
    ["doctor"],
]


def paths(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command below one, groups included."""
    yield path
    for name, child in getattr(command, "commands", {}).items():
        yield from paths(child, (*path, name))


ALL = list(paths(typer.main.get_command(app)))


def test_the_promised_commands_exist() -> None:
    assert {path[0] for path in ALL if path} >= EXPECTED


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_says_what_a_command_does_and_every_option(
    path: tuple[str, ...], command: Command
) -> None:
    found: Any = typer.main.get_command(app)
    for name in path:
        found = found.commands[name]
    done = command(*path, "--help")
    assert done.code == 0
    assert found.help
    assert found.help.split(".")[0].split()[0] in done.out
    for parameter in found.params:
        if parameter.name not in ("help", "limit", "offset"):
            assert parameter.help, f"{path}: {parameter.name} is not explained"


@pytest.mark.parametrize("path", WITH_JSON, ids=" ".join)
def test_what_a_script_would_read_comes_as_json(path: list[str], command: Command) -> None:
    assert "--json" in command(*path, "--help").out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["search"],
        ["search", "x", "--top-k", "0"],
        ["ingest", "no-such-file"],
        ["users"],
        ["serve", "--port", "many"],
        ["doctor", "--report", "proof.txt"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(arguments: list[str], command: Command) -> None:
    done = command(*arguments)
    assert done.code == 2
    assert "Usage" in done.out + done.err
