"""``limits``: how much people, groups and API keys may use."""

from __future__ import annotations

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
from on_prem_rag.cli.output import print_json, print_table
from on_prem_rag.cli.people_names import every, group_id, holder_id
from on_prem_rag.errors import InvalidInput

_group = typer.Typer(
    help="List, set and clear limits of people, service accounts, groups and API keys.",
    no_args_is_help=True,
)
_NAMES = (
    "requests_per_minute",
    "queries_per_minute",
    "queries_per_day",
    "upload_bytes_per_day",
    "storage_bytes",
)
UserOption = Annotated[str | None, typer.Option(help="Person or service account.")]
GroupOption = Annotated[str | None, typer.Option(help="Group; each member gets all of it.")]
KeyOption = Annotated[str | None, typer.Option(help="Id of an API key, which it bounds besides.")]
Requests = Annotated[int | None, typer.Option(min=0, help="Requests a minute; 0 is no limit.")]
Queries = Annotated[int | None, typer.Option(min=0, help="Questions a minute; 0 is no limit.")]
Daily = Annotated[int | None, typer.Option(min=0, help="Questions a day; 0 is no limit.")]
Upload = Annotated[int | None, typer.Option(min=0, help="Bytes uploaded a day; 0 is no limit.")]
Storage = Annotated[
    int | None, typer.Option(min=0, help="Bytes of all originals; 0 is no limit. Not of keys.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_group, name="limits")


@_group.command("list")
def list_(
    as_json: JsonOption = False, url: UrlOption = None, token_file: TokenOption = None
) -> None:
    """List who has limits of their own, and the defaults; "-" is not set, 0 is no limit."""
    with connect(Target(url, token_file)) as client:
        items = every(client, "limits")
        defaults = client.json("GET", "limits", params={"limit": 1})["defaults"]
    if as_json:
        print_json({"defaults": defaults, "items": items})
        return
    rows = [["default", "", *_values(defaults), ""]]
    rows += [[item["holder"], item["name"], *_values(item["limits"]), item["id"]] for item in items]
    head = ["requests/min", "questions/min", "questions/day", "bytes/day", "storage", "id"]
    print_table(["", "name", *head], rows)


@_group.command("set")
def set_(
    user: UserOption = None,
    group: GroupOption = None,
    key: KeyOption = None,
    requests_per_minute: Requests = None,
    queries_per_minute: Queries = None,
    queries_per_day: Daily = None,
    upload_bytes_per_day: Upload = None,
    storage_bytes: Storage = None,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Set limits; those not named stay as they are."""
    given = zip(
        _NAMES,
        (
            requests_per_minute,
            queries_per_minute,
            queries_per_day,
            upload_bytes_per_day,
            storage_bytes,
        ),
        strict=True,
    )
    body = {name: value for name, value in given if value is not None}
    if not body:
        raise InvalidInput("There is no limit to set.", hint="Name at least one.")
    with connect(Target(url, token_file)) as client:
        made = client.json("PATCH", _place(client, user, group, key), json=body)
    typer.echo(f"Set limits of '{made['name']}'.")


@_group.command()
def clear(
    user: UserOption = None,
    group: GroupOption = None,
    key: KeyOption = None,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Clear every limit of one holder: its groups' or the defaults hold again."""
    with connect(Target(url, token_file)) as client:
        client.json("DELETE", _place(client, user, group, key))
    typer.echo(f"Cleared the limits of '{user or group or key}'.")


def _place(client: ApiClient, user: str | None, group: str | None, key: str | None) -> str:
    if sum(name is not None for name in (user, group, key)) != 1:
        raise InvalidInput("Name one of --user, --group and --key.")
    if user is not None:
        return f"limits/users/{holder_id(client, user)}"
    return f"limits/groups/{group_id(client, group)}" if group else f"limits/api-keys/{key}"


def _values(limits: dict[str, Any]) -> list[str]:
    return ["-" if limits[name] is None else str(limits[name]) for name in _NAMES]
