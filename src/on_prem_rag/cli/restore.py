"""``restore``: a snapshot back in the place of the data, or parts of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from on_prem_rag.backup.errors import SnapshotNotFound
from on_prem_rag.cli.backup import IdentityOption, quiet_settings
from on_prem_rag.cli.connection import JsonOption
from on_prem_rag.cli.output import confirm, print_json

if TYPE_CHECKING:
    from on_prem_rag.backup.repository import Repository
    from on_prem_rag.bootstrap.restoring import Restored
    from on_prem_rag.config import Settings


SourceOption = Annotated[
    Path | None, typer.Option("--from", help="A repository, or the tar of `backup export`.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("restore")(restore)


def restore(
    name: Annotated[
        str | None, typer.Argument(help="A snapshot, as YYYYMMDD_HHMMSS; the newest without one.")
    ] = None,
    source: SourceOption = None,
    identity: IdentityOption = None,
    resurrect: Annotated[
        bool, typer.Option("--resurrect", help="Bring back what was deleted or revoked since.")
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Put back what was there before the last restore.")
    ] = False,
    forget: Annotated[
        bool, typer.Option("--forget-previous", help="Remove what was there before, for good.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Restore a snapshot, wholly or not at all. The server must be stopped.

    The snapshot is verified, brought up and checked beside the data before anything is touched; the
    data it replaces is kept until --forget-previous. Exit codes: 4 a server runs, 9 broken, 10
    foreign, 11 too new, 12 no key, 13 it did not pass its checks.
    """
    settings = quiet_settings()
    if undo or forget:
        _previous(settings, undo=undo, yes=yes)
        return
    with repository_of(settings, source) as repository:
        chosen = name or repository.newest().name
        snapshot = repository.get(chosen)
        confirm(
            f"Replace the data in {settings.data_dir} by the snapshot of "
            f"{snapshot.created_at:%Y-%m-%d %H:%M} UTC?",
            yes,
        )
        report = _restore(settings, repository, chosen, identity, resurrect, quiet=as_json)
    if as_json:
        print_json(report.as_dict())
    else:
        _tell(report)


def _restore(
    settings: Settings,
    repository: Repository,
    name: str,
    identity: list[Path] | None,
    resurrect: bool,
    *,
    quiet: bool,
) -> Restored:
    from on_prem_rag.bootstrap.backups import identities
    from on_prem_rag.bootstrap.restoring import Wanted, restore
    from on_prem_rag.cli.bars import bars

    wanted = Wanted(repository, name, identities(settings, identity or ()), resurrect)
    with bars(quiet=quiet) as progress:
        return restore(settings, wanted, progress)


@contextmanager
def repository_of(settings: Settings, source: Path | None) -> Iterator[Repository]:
    """The repository named; a tar is unpacked beside the data, for as long as it is needed."""
    from on_prem_rag.backup.repository import Repository
    from on_prem_rag.backup.upkeep import unpacked
    from on_prem_rag.bootstrap.restoring import scratch_place

    if source is not None and not source.exists():
        raise SnapshotNotFound(f"There is nothing at {source}.")
    if source is None or source.is_dir():
        yield Repository(source or settings.backup_dir)
        return
    with scratch_place(settings.data_dir / "exported") as place, unpacked(source, place) as found:
        yield found


def _previous(settings: Settings, *, undo: bool, yes: bool) -> None:
    from on_prem_rag.bootstrap.parts import swap_of
    from on_prem_rag.bootstrap.restoring import stopped

    swap = swap_of(settings)
    swap.finish()
    with stopped(settings):
        if undo:
            confirm("Put the data from before the last restore back?", yes)
            facts = swap.undo()
            typer.echo(f"The data is as it was before {facts['name']} was restored.")
        else:
            confirm("Remove the data from before the last restore for good?", yes)
            swap.forget()
            typer.echo("Only what was restored is left.")


def _tell(report: Restored) -> None:
    typer.echo(
        f"{report.name} is restored: {report.documents} documents, {report.originals} originals, "
        f"{report.questions} known questions answered, in {report.seconds:.0f} s. "
        "Everyone has to sign in again."
    )
    for event, count in report.buried.items():
        typer.echo(f"Applied again: {event} ({count}). Bring it back with --resurrect.")
    for warning in report.warnings:
        typer.echo(warning, err=True)
    typer.echo("The data from before is kept: --undo puts it back, --forget-previous removes it.")
