"""``service-accounts``: accounts for programs, which work by API keys."""

from __future__ import annotations

from typing import Annotated

import typer

from on_prem_rag.cli.connection import JsonOption, Target, TokenOption, UrlOption, connect
from on_prem_rag.cli.output import confirm, print_json, print_table
from on_prem_rag.cli.people_names import every, user_id

_PATH = "service-accounts"
_group = typer.Typer(
    help="List, create, disable, enable and delete accounts for programs.", no_args_is_help=True
)
AccountName = Annotated[str, typer.Argument(help="Service account.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_group, name=_PATH)


@_group.command("list")
def list_(
    as_json: JsonOption = False, url: UrlOption = None, token_file: TokenOption = None
) -> None:
    """List service accounts."""
    with connect(Target(url, token_file)) as client:
        items = every(client, _PATH)
    if as_json:
        print_json(items)
        return
    rows = [[a["username"], "disabled" if a["disabled"] else "", a["id"]] for a in items]
    print_table(["name", "", "id"], rows)


@_group.command()
def create(name: AccountName, url: UrlOption = None, token_file: TokenOption = None) -> None:
    """Create a service account; give it grants by its name and keys with `keys create`."""
    with connect(Target(url, token_file)) as client:
        made = client.json("POST", _PATH, json={"username": name})
    typer.echo(f"Created '{made['username']}' ({made['id']}).")


@_group.command()
def disable(name: AccountName, url: UrlOption = None, token_file: TokenOption = None) -> None:
    """Shut a service account out at its next request."""
    _set_disabled(name, True, Target(url, token_file))
    typer.echo(f"{name} is disabled.")


@_group.command()
def enable(name: AccountName, url: UrlOption = None, token_file: TokenOption = None) -> None:
    """Let a disabled service account in again."""
    _set_disabled(name, False, Target(url, token_file))
    typer.echo(f"{name} is enabled.")


@_group.command()
def delete(
    name: AccountName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Delete a service account with its keys, grants and conversations."""
    with connect(Target(url, token_file)) as client:
        found = user_id(client, name, _PATH)
        confirm(f"Delete {name} with its keys and grants?", yes)
        client.json("DELETE", f"{_PATH}/{found}")
    typer.echo(f"Deleted {name}.")


def _set_disabled(name: str, disabled: bool, target: Target) -> None:
    with connect(target) as client:
        place = f"{_PATH}/{user_id(client, name, _PATH)}"
        client.json("PATCH", place, json={"disabled": disabled})
