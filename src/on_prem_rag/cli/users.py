"""``users``: people and their one-time passwords."""

from __future__ import annotations

from typing import Annotated

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
from on_prem_rag.errors import UserNotFound

_group = typer.Typer(help="List, create, disable, enable and reset people.", no_args_is_help=True)
UserName = Annotated[str, typer.Argument(help="User name.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_group, name="users")


@_group.command("list")
def list_(
    as_json: JsonOption = False, url: UrlOption = None, token_file: TokenOption = None
) -> None:
    """List people."""
    with connect(Target(url, token_file)) as client:
        items = _all(client)
    if as_json:
        print_json(items)
        return
    rows = [[u["username"], u["role"], "disabled" if u["disabled"] else "", u["id"]] for u in items]
    print_table(["name", "role", "", "id"], rows)


@_group.command()
def create(
    username: UserName,
    role: Annotated[str, typer.Option(help="admin, member or auditor.")] = "member",
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Create a person and print their one-time password, which is not shown again."""
    with connect(Target(url, token_file)) as client:
        created = client.json("POST", "users", json={"username": username, "role": role})
    typer.echo(f"One-time password of {created['user']['username']}:", err=True)
    typer.echo(created["one_time_password"])


@_group.command()
def disable(username: UserName, url: UrlOption = None, token_file: TokenOption = None) -> None:
    """Shut a person out at their next request."""
    with connect(Target(url, token_file)) as client:
        client.json("PATCH", f"users/{_id(client, username)}", json={"disabled": True})
    typer.echo(f"{username} is disabled.")


@_group.command()
def enable(username: UserName, url: UrlOption = None, token_file: TokenOption = None) -> None:
    """Let a disabled person in again."""
    with connect(Target(url, token_file)) as client:
        client.json("PATCH", f"users/{_id(client, username)}", json={"disabled": False})
    typer.echo(f"{username} is enabled.")


@_group.command()
def reset(username: UserName, url: UrlOption = None, token_file: TokenOption = None) -> None:
    """Replace a person's password by a one-time one, which is not shown again."""
    with connect(Target(url, token_file)) as client:
        made = client.json("POST", f"users/{_id(client, username)}/reset-password")
    typer.echo(f"One-time password of {username}:", err=True)
    typer.echo(made["one_time_password"])


def _all(client: ApiClient) -> list[dict[str, str]]:
    items: list[dict[str, str]] = []
    while True:
        page = client.json("GET", "users", params={"limit": 200, "offset": len(items)})
        items += page["items"]
        if len(items) >= page["total"] or not page["items"]:
            return items


def _id(client: ApiClient, username: str) -> str:
    for user in _all(client):
        if user["username"] == username.casefold():
            return user["id"]
    raise UserNotFound(f"There is no user '{username}'.")
