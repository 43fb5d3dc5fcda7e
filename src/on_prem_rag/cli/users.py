"""``users``: people and their one-time passwords."""

from __future__ import annotations

from typing import Annotated

import typer

from on_prem_rag.cli.connection import JsonOption, Target, TokenOption, UrlOption, connect
from on_prem_rag.cli.output import confirm, print_json, print_table
from on_prem_rag.cli.people_names import every, user_id
from on_prem_rag.cli.receipts import tell

_group = typer.Typer(
    help="List, create, disable, enable, reset and delete people.", no_args_is_help=True
)
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
        items = every(client, "users")
    if as_json:
        print_json(items)
        return
    rows = [
        [
            u["username"],
            u["role"],
            "disabled" if u["disabled"] else "",
            ", ".join(u["groups"]),
            u["id"],
        ]
        for u in items
    ]
    print_table(["name", "role", "", "groups", "id"], rows)


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
        client.json("PATCH", f"users/{user_id(client, username)}", json={"disabled": True})
    typer.echo(f"{username} is disabled.")


@_group.command()
def enable(username: UserName, url: UrlOption = None, token_file: TokenOption = None) -> None:
    """Let a disabled person in again."""
    with connect(Target(url, token_file)) as client:
        client.json("PATCH", f"users/{user_id(client, username)}", json={"disabled": False})
    typer.echo(f"{username} is enabled.")


@_group.command()
def reset(username: UserName, url: UrlOption = None, token_file: TokenOption = None) -> None:
    """Replace a person's password by a one-time one, which is not shown again."""
    with connect(Target(url, token_file)) as client:
        made = client.json("POST", f"users/{user_id(client, username)}/reset-password")
    typer.echo(f"One-time password of {username}:", err=True)
    typer.echo(made["one_time_password"])


@_group.command()
def role(
    username: UserName,
    new_role: Annotated[str, typer.Argument(help="admin, member or auditor.")],
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Change a person's role, which ends their sessions."""
    with connect(Target(url, token_file)) as client:
        client.json("PATCH", f"users/{user_id(client, username)}", json={"role": new_role})
    typer.echo(f"{username} is {new_role}.")


@_group.command()
def delete(
    username: UserName,
    heir: Annotated[
        str | None, typer.Option(help="Person who gets the shared collections they own.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Delete a person with their private collections and conversations."""
    with connect(Target(url, token_file)) as client:
        found = user_id(client, username)
        inherits = {} if heir is None else {"heir_id": user_id(client, heir)}
        confirm(f"Delete {username} with their private collections and conversations?", yes)
        receipt = client.json("DELETE", f"users/{found}", params=inherits)
    typer.echo(f"Deleted {username}.")
    tell(receipt)
