"""``restore-documents``: single documents or one collection out of a snapshot, uploaded again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from on_prem_rag.cli.backup import IdentityOption, NameArgument, quiet_settings
from on_prem_rag.cli.connection import JsonOption, Target, connect
from on_prem_rag.cli.exit_codes import FAILED, PARTLY
from on_prem_rag.cli.output import print_json
from on_prem_rag.cli.restore import SourceOption, repository_of
from on_prem_rag.errors import InvalidInput

if TYPE_CHECKING:
    from on_prem_rag.backup.picking import Wish
    from on_prem_rag.backup.repository import Repository
    from on_prem_rag.cli.ingest_run import IngestReport
    from on_prem_rag.config import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("restore-documents")(restore_documents)


def restore_documents(
    name: NameArgument = None,
    collection: Annotated[
        str | None, typer.Option(help="All documents of this collection, by its name or id.")
    ] = None,
    document: Annotated[str | None, typer.Option(help="This document, by its name or id.")] = None,
    into: Annotated[
        str | None,
        typer.Option(help="Collection they go to; created when new, and then the operator's."),
    ] = None,
    source: SourceOption = None,
    identity: IdentityOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take documents out of a snapshot and upload them again, with the server running or not.

    Their newest originals come back under their names, as new documents; nobody but the operator
    has a right in a collection that is made for them. Exit codes as of `restore` and `ingest`.
    """
    from on_prem_rag.backup.picking import Wish

    if (collection is None) == (document is None):
        raise InvalidInput("Name either a collection or a document.")
    settings = quiet_settings()
    with repository_of(settings, source) as repository:
        chosen = name or repository.newest().name
        target = into or f"From {chosen}"
        wish = Wish(collection, document)
        report = _take_out(settings, repository, chosen, identity, wish, target, quiet=as_json)
    if as_json:
        print_json(report.as_dict())
    else:
        report.print()
        typer.echo(f"They are in the collection '{target}'.")
    if report.failures:
        raise typer.Exit(PARTLY if report.succeeded else FAILED)


def _take_out(
    settings: Settings,
    repository: Repository,
    name: str,
    identity: list[Path] | None,
    wish: Wish,
    target: str,
    *,
    quiet: bool,
) -> IngestReport:
    from on_prem_rag.backup.picking import pick
    from on_prem_rag.bootstrap.backups import identities
    from on_prem_rag.bootstrap.restoring import scratch_place
    from on_prem_rag.cli.bars import bars
    from on_prem_rag.cli.ingest import LocalFile, get_or_create_collection
    from on_prem_rag.cli.ingest_run import IngestRun

    keys = identities(settings, identity or ())
    with scratch_place(settings.data_dir / "exported") as place:
        with bars(quiet=quiet) as progress:
            picked = pick(repository, name, keys, wish, place, progress)
        with connect(Target(None, None), works=True) as client:
            run = IngestRun(client, get_or_create_collection(client, target), quiet)
            return run.run([LocalFile(each.path, each.name) for each in picked])
