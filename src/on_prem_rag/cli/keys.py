"""``keys``: API keys of programs."""

from __future__ import annotations

from typing import Annotated

import typer

from on_prem_rag.cli.connection import JsonOption, Target, TokenOption, UrlOption, connect
from on_prem_rag.cli.output import print_json, print_table

_group = typer.Typer(help="Create, list and revoke API keys.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_group, name="keys")


@_group.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[list[str], typer.Option(help="read, ask or write; may be repeated.")],
    account: Annotated[
        str | None, typer.Option(help="Service account it is for; else it is yours.")
    ] = None,
    days: Annotated[int, typer.Option(help="Days until it ends.")] = 90,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Create a key and print it; it is not shown again."""
    from on_prem_rag.cli.people_names import user_id

    body = {"name": name, "scopes": scope, "expires_in_days": days}
    with connect(Target(url, token_file)) as client:
        if account is not None:
            body["service_account_id"] = user_id(client, account, "service-accounts")
        made = client.json("POST", "api-keys", json=body)
    key = made["api_key"]
    typer.echo(f"Key {key['id']} of {key['username']}, until {key['expires_at']}:", err=True)
    typer.echo(made["key"])


@_group.command("list")
def list_(
    everyone: Annotated[
        bool, typer.Option("--all", help="Everyone's; for administrators.")
    ] = False,
    as_json: JsonOption = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """List your keys, those that ended too."""
    from on_prem_rag.cli.people_names import every

    with connect(Target(url, token_file)) as client:
        items = every(client, "api-keys", **({"all": "true"} if everyone else {}))
    if as_json:
        print_json(items)
        return
    rows = [
        [
            key["name"],
            key["username"],
            key["prefix"],
            " ".join(key["scopes"]),
            "revoked" if key["revoked_at"] else f"until {key['expires_at'][:10]}",
            (key["last_used_at"] or "never")[:10],
            key["id"],
        ]
        for key in items
    ]
    print_table(["name", "of", "begins", "scopes", "", "last used", "id"], rows)


@_group.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="Id of the key, as `keys list` shows it.")],
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """End a key at once."""
    with connect(Target(url, token_file)) as client:
        client.json("DELETE", f"api-keys/{key_id}")
    typer.echo(f"Revoked {key_id}.")
