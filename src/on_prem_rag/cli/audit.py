"""``audit``: reading, exporting and checking the audit log, and the receipts of deletions."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from on_prem_rag.cli.connection import JsonOption, Target, TokenOption, UrlOption, connect
from on_prem_rag.cli.download import save
from on_prem_rag.cli.exit_codes import TAMPERED
from on_prem_rag.cli.output import print_json, print_table
from on_prem_rag.cli.receipts import prove, receipts
from on_prem_rag.errors import InvalidInput

_group = typer.Typer(help="Read and check the audit log; prove deletions.", no_args_is_help=True)
Since = Annotated[datetime | None, typer.Option(help="From this time on (UTC).")]
Until = Annotated[datetime | None, typer.Option(help="Before this time (UTC).")]
ActorOption = Annotated[str | None, typer.Option("--actor", help="User name or id.")]
EventOption = Annotated[
    str | None, typer.Option("--event", help="A subject, or subject:action, as document:delete.")
]
TargetOption = Annotated[str | None, typer.Option("--target", help="Id of what was acted on.")]
_EXPLAINED = {
    "changed": "is not what was recorded",
    "missing": "is missing",
    "surplus": "was never recorded",
    "unlinked": "does not belong to this history",
    "truncated": "and all that follow are gone",
    "head": "should come next, but the mark of the log's end was touched",
    "checkpoint": "is where the log should begin, but that mark was touched",
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    _group.command()(receipts)
    _group.command()(prove)
    app.add_typer(_group, name="audit")


@_group.command("list")
def list_(
    since: Since = None,
    until: Until = None,
    actor: ActorOption = None,
    event: EventOption = None,
    target: TargetOption = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Events to show.")] = 50,
    as_json: JsonOption = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """List events, newest first."""
    params = _params(since, until, actor, event, target) | {"limit": limit}
    with connect(Target(url, token_file)) as client:
        items = client.json("GET", "audit", params=params)["items"]
    if as_json:
        print_json(items)
        return
    print_table(
        ["number", "time", "who", "from", "event", "target", "outcome"], [_row(e) for e in items]
    )


@_group.command()
def export(
    form: Annotated[str, typer.Option("--format", help="jsonl or csv.")] = "jsonl",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file instead of standard output.")
    ] = None,
    since: Since = None,
    until: Until = None,
    actor: ActorOption = None,
    event: EventOption = None,
    target: TargetOption = None,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Write events, oldest first, one a line."""
    params = _params(since, until, actor, event, target) | {"format": form}
    with (
        connect(Target(url, token_file)) as client,
        client.stream("GET", "audit/export", params=params) as response,
    ):
        save(response, output)


@_group.command()
def verify(
    anchor: Annotated[
        Path | None, typer.Option(help="A file written by `audit anchor`, kept elsewhere.")
    ] = None,
    as_json: JsonOption = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Check that no event was changed, removed, added or moved. Exit code 6 when one was."""
    body = {"anchor": _read_anchor(anchor)} if anchor else {}
    with connect(Target(url, token_file)) as client:
        found = client.json("POST", "audit/verify", json=body)
    if as_json:
        print_json(found)
    else:
        _tell(found, anchored=anchor is not None)
    if not found["intact"]:
        raise typer.Exit(TAMPERED)


@_group.command()
def anchor(
    file: Annotated[
        Path | None, typer.Argument(help="Where to write it, best on another machine's disk.")
    ] = None,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Note the head of the log, for a later `audit verify --anchor`."""
    with connect(Target(url, token_file)) as client:
        head = client.json("GET", "audit/head")
    if file is None:
        print_json(head)
        return
    file.write_text(json.dumps(head) + "\n")
    typer.echo(f"Event {head['number']} is the anchor in {file}.", err=True)


@_group.command()
def prune(
    older_than_days: Annotated[int, typer.Option(min=1, help="Keep events of so many days.")],
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Drop old events; what is kept can still be verified. For the operator alone."""
    with connect(Target(url, token_file)) as client:
        body = {"older_than_days": older_than_days}
        dropped = client.json("POST", "audit/retention", json=body)["dropped"]
    typer.echo(f"{dropped} events were dropped.")


def _row(event: dict[str, Any]) -> list[str]:
    cells = [
        event["number"],
        event["time"],
        event["actor_name"],
        event["address"],
        f"{event['subject']}:{event['action']}",
        event["target_id"],
        event["outcome"],
    ]
    return ["" if cell is None else str(cell) for cell in cells]


def _params(
    since: datetime | None,
    until: datetime | None,
    actor: str | None,
    event: str | None,
    target: str | None,
) -> dict[str, Any]:
    given = {
        "since": f"{since.isoformat()}Z" if since else None,
        "until": f"{until.isoformat()}Z" if until else None,
        "actor": actor,
        "event": event,
        "target": target,
    }
    return {name: value for name, value in given.items() if value is not None}


def _read_anchor(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text())
        return {"number": read["number"], "hash": read["hash"]}
    except (ValueError, KeyError, TypeError):
        raise InvalidInput(f"{path} is not a file of `audit anchor`.") from None


def _tell(found: dict[str, Any], *, anchored: bool) -> None:
    broken = found["broken"]
    if broken is not None:
        typer.echo(f"Tampered with: event {broken['number']} {_EXPLAINED[broken['kind']]}.")
        return
    head = found["head"]
    typer.echo(f"Intact: {found['checked']} events, up to {head['number']} {head['hash']}.")
    if anchored and not found["anchor_checked"]:
        typer.echo("The anchor's event was dropped by retention and says nothing any more.")
