"""``conversations``: list, show, export, delete."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from on_prem_rag.cli.connection import JsonOption, Target, TokenOption, UrlOption, connect
from on_prem_rag.cli.download import save
from on_prem_rag.cli.output import confirm, print_json, print_table

_group = typer.Typer(help="List, show, export and delete conversations.", no_args_is_help=True)
ConversationId = Annotated[str, typer.Argument(help="The conversation's id.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_group, name="conversations")


@_group.command("list")
def list_(
    shared: Annotated[
        bool, typer.Option("--shared", help="Those of others that you may read.")
    ] = False,
    search: Annotated[str, typer.Option(help="A part of the title.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    offset: Annotated[int, typer.Option(min=0)] = 0,
    as_json: JsonOption = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """List your conversations, the last used first."""
    params: dict[str, Any] = {"limit": limit, "offset": offset, "shared": shared}
    if search:
        params["search"] = search
    with connect(Target(url, token_file)) as client:
        page = client.json("GET", "conversations", params=params)
    if as_json:
        print_json(page)
        return
    rows = [[item["title"], item["updated_at"], item["id"]] for item in page["items"]]
    print_table(["title", "last used", "id"], rows)
    typer.echo(f"{len(rows)} of {page['total']}")


@_group.command()
def show(
    conversation_id: ConversationId,
    as_json: JsonOption = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Print the questions, and the answers you may see."""
    with connect(Target(url, token_file)) as client:
        items = client.json("GET", f"conversations/{conversation_id}/messages")["items"]
    if as_json:
        print_json(items)
        return
    for item in items:
        typer.echo(_told(item))


@_group.command()
def export(
    conversation_id: ConversationId,
    form: Annotated[str, typer.Option("--format", help="markdown, json or html.")] = "markdown",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file instead of standard output.")
    ] = None,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Write a conversation with what its answers cite."""
    path, params = f"conversations/{conversation_id}/export", {"format": form}
    with (
        connect(Target(url, token_file)) as client,
        client.stream("GET", path, params=params) as response,
    ):
        save(response, output)


@_group.command()
def delete(
    conversation_id: ConversationId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Delete a conversation with all its answers."""
    with connect(Target(url, token_file)) as client:
        title = client.json("GET", f"conversations/{conversation_id}")["title"]
        confirm(f"Delete '{title}'?", yes)
        client.json("DELETE", f"conversations/{conversation_id}")
    typer.echo(f"Deleted '{title}'.")


def _told(item: dict[str, Any]) -> str:
    if item["role"] == "user":
        return f"> {item['content']}\n"
    if item["withheld"]:
        return f"({item['withheld']})\n"
    cited = [row for row in item["evidence"] if row["cited"]]
    sources = [f"[{row['marker']}] {row['passage']['document_name']}" for row in cited]
    return "\n".join([item["content"], *sources, ""])
