"""``collections``: list, create, delete, and who may read them."""

from __future__ import annotations

from typing import Annotated

import typer

from on_prem_rag.cli.connection import JsonOption, Target, TokenOption, UrlOption, connect
from on_prem_rag.cli.output import confirm, print_json, print_table
from on_prem_rag.cli.receipts import tell

_group = typer.Typer(help="List, create, share and delete collections.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_group, name="collections")


@_group.command("list")
def list_(
    as_json: JsonOption = False, url: UrlOption = None, token_file: TokenOption = None
) -> None:
    """List the collections you may read."""
    with connect(Target(url, token_file)) as client:
        items = client.json("GET", "collections")["items"]
    if as_json:
        print_json(items)
    else:
        rows = [[c["name"], c["level"], str(c["document_count"]), c["id"]] for c in items]
        print_table(["name", "right", "documents", "id"], rows)


@_group.command()
def create(
    name: Annotated[str, typer.Argument(help="Its name.")],
    description: Annotated[str, typer.Option(help="What it holds.")] = "",
    private: Annotated[bool, typer.Option("--private", help="For you alone.")] = False,
    open_to_everyone: Annotated[
        bool, typer.Option("--everyone", help="Let everyone signed in read it.")
    ] = False,
    as_json: JsonOption = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Create a collection."""
    body = {
        "name": name,
        "description": description,
        "private": private,
        "open_to_everyone": open_to_everyone,
    }
    with connect(Target(url, token_file)) as client:
        created = client.json("POST", "collections", json=body)
    if as_json:
        print_json(created)
    else:
        typer.echo(f"Created '{created['name']}' ({created['id']}).")


@_group.command()
def grant(
    name: Annotated[str, typer.Argument(help="Collection.")],
    principal: Annotated[str, typer.Argument(help="User or group name, or everyone.")],
    level: Annotated[str, typer.Argument(help="reader, contributor or manager.")],
    is_group: Annotated[bool, typer.Option("--group", help="The name is a group's.")] = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Give a person, a group or everyone a right in a collection."""
    from on_prem_rag.cli.collection_names import get_collection

    with connect(Target(url, token_file)) as client:
        collection = get_collection(client, name)
        body = {"principal": principal, "level": level}
        if is_group:
            body["kind"] = "group"
        client.json("PUT", f"collections/{collection['id']}/grants", json=body)
    typer.echo(f"{principal} is {level} of '{collection['name']}'.")


@_group.command()
def delete(
    name: Annotated[str, typer.Argument(help="Collection.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Delete a collection with all its documents."""
    from on_prem_rag.cli.collection_names import get_collection

    with connect(Target(url, token_file)) as client:
        found = get_collection(client, name)
        confirm(f"Delete '{found['name']}' with {found['document_count']} documents?", yes)
        receipt = client.json("DELETE", f"collections/{found['id']}")
    typer.echo(f"Deleted '{found['name']}'.")
    tell(receipt)
