"""``ingest``: files and folders into a Collection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from on_prem_rag.cli.connection import (
    ApiClient,
    JsonOption,
    Target,
    TokenOption,
    UrlOption,
    connect,
)
from on_prem_rag.cli.exit_codes import FAILED, PARTLY
from on_prem_rag.errors import InvalidInput


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ingest")(ingest)


@dataclass(frozen=True)
class LocalFile:
    """A file to upload and the name it gets: with its folders below the given one."""

    path: Path
    name: str


def ingest(
    paths: Annotated[list[Path], typer.Argument(exists=True, help="Files and folders.")],
    collection: Annotated[
        str, typer.Option("--collection", "-c", help="Collection; created when new.")
    ] = "Documents",
    open_to_everyone: Annotated[
        bool, typer.Option("--everyone", help="A new collection is open to everyone signed in.")
    ] = False,
    as_json: JsonOption = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Upload files and folders, and wait until they are searchable.

    Unchanged files are skipped by their hash, so it can be run again at any time, also after an
    interruption. Exit code 5 when some files failed, 1 when all did.
    """
    from on_prem_rag.cli.ingest_run import IngestRun
    from on_prem_rag.cli.output import print_json

    files = list(walk(paths))
    if not files:
        raise InvalidInput("There are no files in what was given.")
    with connect(Target(url, token_file), works=True) as client:
        found = get_or_create_collection(client, collection, open_to_everyone)
        run = IngestRun(client, found, as_json)
        report = run.run(files)
    if as_json:
        print_json(report.as_dict())
    else:
        report.print()
    if report.failures:
        raise typer.Exit(PARTLY if report.succeeded else FAILED)


def walk(paths: list[Path]) -> Iterator[LocalFile]:
    """Every regular file given or below a given folder, in order; hidden ones are left out."""
    for given in paths:
        if given.is_file():
            yield LocalFile(given, given.name)
            continue
        for path in sorted(given.rglob("*")):
            relative = path.relative_to(given)
            hidden = any(part.startswith(".") for part in relative.parts)
            if path.is_file() and not path.is_symlink() and not hidden:
                yield LocalFile(path, relative.as_posix())


def get_or_create_collection(client: ApiClient, name: str, open_to_everyone: bool = False) -> str:
    """The id of the readable Collection of this name, made when there is none."""
    from on_prem_rag.cli.collection_names import find_collection

    found = find_collection(client, name)
    if found is None:
        body: dict[str, Any] = {"name": name, "open_to_everyone": open_to_everyone}
        found = client.json("POST", "collections", json=body)
    return str(found["id"])
