"""``check``: whether everything that was taken in is still there."""

from __future__ import annotations

import time
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
from on_prem_rag.cli.exit_codes import FAILED, INCONSISTENT
from on_prem_rag.cli.output import print_json

_POLL_SECONDS = 0.2
_ADVICE = {
    ("originals", "missing"): "Restore it from a backup, or upload the document again.",
    ("originals", "changed"): "Restore it from a backup, or upload the document again.",
    ("originals", "orphan"): "Nothing refers to them; --repair removes them.",
    ("embeddings", "missing"): "Run `on-prem-rag reindex`.",
    ("embeddings", "changed"): "Run `on-prem-rag check --read-data --repair`, then `reindex`.",
    ("vectors", "rebuilding"): "They are being rebuilt; check again when it is done.",
}
_FROM_SQL = "--repair puts it right from the database."


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)


def check(
    read_data: Annotated[
        bool,
        typer.Option("--read-data", help="Read every original and every vector; takes its time."),
    ] = False,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair", help="Put the indexes right from the database; remove orphaned originals."
        ),
    ] = False,
    as_json: JsonOption = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Compare originals, vectors and the indexes with the database. Exit code 8 when something is
    not as it should be and was not repaired."""
    with connect(Target(url, token_file)) as client:
        before = client.json("GET", "check")["last"]
        started = client.json("POST", "check", json={"read_data": read_data, "repair": repair})
        report = _follow(client, started, quiet=as_json)
    if report is None or report == before:
        typer.echo("The check was cancelled.", err=True)
        raise typer.Exit(FAILED)
    if as_json:
        print_json(report)
    else:
        _tell(report)
    if report["error"] is not None:
        raise typer.Exit(FAILED)
    if not report["consistent"]:
        raise typer.Exit(INCONSISTENT)


def _follow(client: ApiClient, state: dict[str, Any], *, quiet: bool) -> dict[str, Any] | None:
    """Show the stages until the check ends, and return the last report; Ctrl-C cancels it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bars = Progress(
        *columns, TimeElapsedColumn(), console=Console(stderr=True), disable=quiet, transient=True
    )
    try:
        with bars:
            task = bars.add_task("starting", total=None)
            while state["state"] == "running":
                total = state["total"] or None
                bars.update(task, description=state["stage"], completed=state["done"], total=total)
                time.sleep(_POLL_SECONDS)
                state = client.json("GET", "check")
    except KeyboardInterrupt:
        client.json("DELETE", "check")
        raise
    last: dict[str, Any] | None = state["last"]
    return last


def _tell(report: dict[str, Any]) -> None:
    for found in report["findings"]:
        typer.echo(_sentence(found))
    if report["error"] is not None:
        typer.echo(f"The check did not end: {report['error']}", err=True)
        return
    checked = report["checked"]
    looked = (
        f"{checked['originals']} originals, {checked['chunks']} chunks and "
        f"{checked['vectors']} vectors in {checked['collections']} collections"
    )
    if report["consistent"]:
        note = f"; {report['repaired']} repaired" if report["repaired"] else ""
        typer.echo(f"Consistent: {looked}{note}.")
    else:
        typer.echo(f"Inconsistent: {report['inconsistencies']} findings in {looked}.")


def _sentence(found: dict[str, Any]) -> str:
    place = " ".join(
        f"{name} {found[f'{name}_id']}"
        for name in ("collection", "document", "version")
        if found[f"{name}_id"]
    )
    what = f"{found['store']}: {found['count']} {found['kind']}" + (f" ({place})" if place else "")
    if found["repaired"]:
        return f"{what}. Repaired."
    return f"{what}. {_ADVICE.get((found['store'], found['kind']), _FROM_SQL)}"
