"""``groups``: people who hold rights together."""

from __future__ import annotations

from typing import Annotated

import typer

from on_prem_rag.cli.connection import JsonOption, Target, TokenOption, UrlOption, connect
from on_prem_rag.cli.output import confirm, print_json, print_table
from on_prem_rag.cli.people_names import every, group_id, holder_id

_group = typer.Typer(
    help="List, create, rename and delete groups, and say who belongs.", no_args_is_help=True
)
GroupName = Annotated[str, typer.Argument(help="Group.")]
UserName = Annotated[str, typer.Argument(help="User name.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_group, name="groups")


@_group.command("list")
def list_(
    as_json: JsonOption = False, url: UrlOption = None, token_file: TokenOption = None
) -> None:
    """List groups."""
    with connect(Target(url, token_file)) as client:
        items = every(client, "groups")
    if as_json:
        print_json(items)
        return
    print_table(
        ["name", "members", "id"], [[g["name"], str(g["member_count"]), g["id"]] for g in items]
    )


@_group.command()
def create(name: GroupName, url: UrlOption = None, token_file: TokenOption = None) -> None:
    """Create a group nobody belongs to yet."""
    with connect(Target(url, token_file)) as client:
        made = client.json("POST", "groups", json={"name": name})
    typer.echo(f"Created '{made['name']}' ({made['id']}).")


@_group.command()
def rename(
    name: GroupName,
    new_name: Annotated[str, typer.Argument(help="Its new name.")],
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Give a group another name; its members and rights stay."""
    with connect(Target(url, token_file)) as client:
        made = client.json("PATCH", f"groups/{group_id(client, name)}", json={"name": new_name})
    typer.echo(f"'{name}' is now '{made['name']}'.")


@_group.command()
def delete(
    name: GroupName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Delete a group with the rights it holds."""
    with connect(Target(url, token_file)) as client:
        found = group_id(client, name)
        confirm(f"Delete '{name}' with the rights it holds?", yes)
        client.json("DELETE", f"groups/{found}")
    typer.echo(f"Deleted '{name}'.")


@_group.command()
def members(
    name: GroupName,
    as_json: JsonOption = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """List who belongs to a group."""
    with connect(Target(url, token_file)) as client:
        items = client.json("GET", f"groups/{group_id(client, name)}/members")["items"]
    if as_json:
        print_json(items)
        return
    rows = [[m["username"], "disabled" if m["disabled"] else "", m["id"]] for m in items]
    print_table(["name", "", "id"], rows)


@_group.command()
def add(
    name: GroupName, username: UserName, url: UrlOption = None, token_file: TokenOption = None
) -> None:
    """Let a person or a service account into a group."""
    with connect(Target(url, token_file)) as client:
        place = f"groups/{group_id(client, name)}/members/{holder_id(client, username)}"
        client.json("PUT", place)
    typer.echo(f"{username} belongs to '{name}'.")


@_group.command()
def remove(
    name: GroupName, username: UserName, url: UrlOption = None, token_file: TokenOption = None
) -> None:
    """Take someone out of a group; its rights are lost at their next request."""
    with connect(Target(url, token_file)) as client:
        place = f"groups/{group_id(client, name)}/members/{holder_id(client, username)}"
        client.json("DELETE", place)
    typer.echo(f"{username} does not belong to '{name}'.")
