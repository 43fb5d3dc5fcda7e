"""``backup``: snapshots of the appliance, and the proof that they can be restored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from on_prem_rag.cli.connection import JsonOption
from on_prem_rag.cli.exit_codes import PARTLY
from on_prem_rag.cli.output import confirm, print_json, print_table

if TYPE_CHECKING:
    from on_prem_rag.backup.repository import Repository, Snapshot
    from on_prem_rag.bootstrap.backups import Backups
    from on_prem_rag.config import Settings

_group = typer.Typer(
    help="Make, check, prune and try out snapshots. Works on the stores, server or not.",
    no_args_is_help=True,
)
NameArgument = Annotated[
    str | None, typer.Argument(help="A snapshot, as YYYYMMDD_HHMMSS; the newest without one.")
]
IdentityOption = Annotated[
    list[Path] | None,
    typer.Option("--identity", "-i", help="File with an age key that opens it; may be repeated."),
]
FromOption = Annotated[
    Path | None, typer.Option("--from", help="Another repository than BACKUP_DIR.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_group, name="backup")


@_group.command()
def create(
    copy_to: Annotated[
        Path | None, typer.Option(help="Copy it there too, and read it back. (BACKUP_COPY_DIR)")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a snapshot while people go on working. Exit code 5 when originals were lost already."""
    from on_prem_rag.cli.bars import bars

    with bars(quiet=as_json) as progress:
        snapshot = _backups().create(progress, copy_to=copy_to)
    if as_json:
        print_json(snapshot.model_dump(mode="json"))
    else:
        typer.echo(
            f"{snapshot.name}: {snapshot.objects} originals, {_size(snapshot.new_bytes)} new, "
            f"in {snapshot.seconds:.1f} s. Try it out with: on-prem-rag backup drill"
        )
    if snapshot.lost:
        typer.echo(f"{snapshot.lost} originals are missing or changed on the disk.", err=True)
        raise typer.Exit(PARTLY)


@_group.command("list")
def list_(
    repository: FromOption = None,
    as_json: JsonOption = False,
) -> None:
    """List snapshots, oldest first."""
    found = _repository(quiet_settings(), repository).list_snapshots()
    if as_json:
        print_json([snapshot.model_dump(mode="json") for snapshot in found])
        return
    print_table(
        ["name", "originals", "size", "encrypted", "verified", "restored"],
        [_row(snapshot) for snapshot in found],
    )


@_group.command()
def verify(
    name: NameArgument = None,
    every: Annotated[bool, typer.Option("--all", help="Every snapshot.")] = False,
    identity: IdentityOption = None,
    repository: FromOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read snapshots and their originals whole. Exit codes: 9 broken, 11 too new, 12 no key."""
    from on_prem_rag.backup.upkeep import verify as verify_one
    from on_prem_rag.cli.bars import bars

    settings = quiet_settings()
    found = _repository(settings, repository)
    names = [each.name for each in found.list_snapshots()] if every else [_name(found, name)]
    keys = _identities(settings, identity)
    with bars(quiet=as_json) as progress:
        for each in names:
            verify_one(found, each, keys, progress)
    if as_json:
        print_json({"verified": names})
    else:
        opened = "" if keys or not _encrypted(found, names) else " (sealed bytes only: no key)"
        typer.echo(f"As written: {', '.join(names)}{opened}.")


@_group.command()
def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Remove snapshots beyond BACKUP_RETENTION_*, and originals that no snapshot needs."""
    report = _backups().prune(dry_run=dry_run)
    if as_json:
        print_json(vars(report))
        return
    verb = "would go" if dry_run else "went"
    typer.echo(f"{len(report.kept)} snapshots stay, {len(report.removed)} {verb}.")
    for name in report.removed:
        typer.echo(f"  {name}")
    if report.objects:
        typer.echo(f"{report.objects} originals went, {_size(report.bytes)}.")


@_group.command()
def remove(
    name: Annotated[str, typer.Argument(help="A snapshot, as YYYYMMDD_HHMMSS.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove one snapshot; its originals go with the next prune."""
    confirm(f"Remove the snapshot {name}?", yes)
    _backups().remove(name)
    typer.echo(f"{name} is gone.")


@_group.command()
def export(
    target: Annotated[Path, typer.Argument(help="The tar file to write.")],
    name: Annotated[str | None, typer.Option("--snapshot", help="The newest without it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write one snapshot with its originals as a single tar, which restore takes too."""
    from on_prem_rag.backup.upkeep import export as export_one
    from on_prem_rag.cli.bars import bars

    found = _repository(quiet_settings(), None)
    chosen = _name(found, name)
    with bars(quiet=as_json) as progress:
        export_one(found, chosen, target, progress)
    if as_json:
        print_json({"snapshot": chosen, "file": str(target), "size": target.stat().st_size})
    else:
        typer.echo(f"{chosen} is in {target} ({_size(target.stat().st_size)}).")


@_group.command()
def drill(
    name: NameArgument = None,
    identity: IdentityOption = None,
    as_json: JsonOption = False,
) -> None:
    """Restore a snapshot into a scratch place, check it, ask known questions, report times."""
    from on_prem_rag.cli.bars import bars

    with bars(quiet=as_json) as progress:
        report = _backups().drill(name, identity or (), progress)
    if as_json:
        print_json(report.as_dict())
        return
    typer.echo(
        f"{report.name} restores in {report.seconds:.0f} s and is {_age(report.rpo_seconds)} old: "
        f"{report.documents} documents, {report.originals} originals, "
        f"{report.questions} known questions answered."
    )
    for warning in report.warnings:
        typer.echo(warning, err=True)


def quiet_settings() -> Settings:
    """Settings for a command; of what it logs on the way only warnings are shown."""
    from on_prem_rag.cli.settings import load_and_report

    return load_and_report(log_level="WARNING")


def _backups() -> Backups:
    from on_prem_rag.bootstrap.backups import Backups

    return Backups(quiet_settings())


def _repository(settings: Settings, other: Path | None) -> Repository:
    from on_prem_rag.backup.repository import Repository

    return Repository(other or settings.backup_dir)


def _identities(settings: Settings, paths: list[Path] | None) -> Any:
    from on_prem_rag.bootstrap.backups import identities

    return identities(settings, paths or ())


def _name(repository: Repository, name: str | None) -> str:
    return name if name is not None else repository.newest().name


def _encrypted(repository: Repository, names: list[str]) -> bool:
    return any(repository.get(name).encrypted for name in names)


def _row(snapshot: Snapshot) -> list[str]:
    return [
        snapshot.name,
        str(snapshot.objects),
        _size(snapshot.size + snapshot.object_bytes),
        "yes" if snapshot.encrypted else "no",
        f"{snapshot.verified_at:%Y-%m-%d}" if snapshot.verified_at else "no",
        f"{snapshot.restored_at:%Y-%m-%d}" if snapshot.restored_at else "not restored",
    ]


def _size(count: int) -> str:
    from rich.filesize import decimal

    return decimal(count)


def _age(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours:.1f} h" if hours >= 1 else f"{seconds / 60:.0f} min"
