"""``documents``: list, show, move, delete, retry."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from on_prem_rag.cli.connection import JsonOption, Target, TokenOption, UrlOption, connect
from on_prem_rag.cli.output import confirm, print_json, print_table
from on_prem_rag.cli.receipts import tell

_group = typer.Typer(help="List, show, move, delete and retry documents.", no_args_is_help=True)
DocumentId = Annotated[str, typer.Argument(help="The document's id.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_group, name="documents")


@_group.command("list")
def list_(
    collection: Annotated[
        str | None, typer.Option("--collection", "-c", help="Only this one.")
    ] = None,
    status: Annotated[
        str | None, typer.Option(help="pending, processing, ready or failed.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    offset: Annotated[int, typer.Option(min=0)] = 0,
    as_json: JsonOption = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """List documents with their state."""
    from on_prem_rag.cli.collection_names import get_collection

    params: dict[str, Any] = {"limit": limit, "offset": offset}
    with connect(Target(url, token_file)) as client:
        if collection is not None:
            params["collection_id"] = get_collection(client, collection)["id"]
        if status is not None:
            params["status"] = status
        page = client.json("GET", "documents", params=params)
    if as_json:
        print_json(page)
        return
    rows = [_row(document) for document in page["items"]]
    print_table(["name", "status", "pages", "chunks", "id"], rows)
    typer.echo(f"{len(rows)} of {page['total']}")


@_group.command()
def show(document_id: DocumentId, url: UrlOption = None, token_file: TokenOption = None) -> None:
    """Print all that is known of a document, as JSON."""
    with connect(Target(url, token_file)) as client:
        print_json(client.json("GET", f"documents/{document_id}"))


@_group.command()
def move(
    document_id: DocumentId,
    collection: Annotated[str, typer.Argument(help="The collection it goes to.")],
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Move a document into another collection."""
    from on_prem_rag.cli.collection_names import get_collection

    with connect(Target(url, token_file)) as client:
        target = get_collection(client, collection)
        body = {"collection_id": target["id"]}
        moved = client.json("POST", f"documents/{document_id}/move", json=body)
    typer.echo(f"Moved '{moved['name']}' to '{target['name']}'.")


@_group.command()
def delete(
    document_id: DocumentId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Delete a document with everything that came from it."""
    with connect(Target(url, token_file)) as client:
        name = client.json("GET", f"documents/{document_id}")["name"]
        confirm(f"Delete '{name}'?", yes)
        receipt = client.json("DELETE", f"documents/{document_id}")
    typer.echo(f"Deleted '{name}'.")
    tell(receipt)


@_group.command()
def retry(document_id: DocumentId, url: UrlOption = None, token_file: TokenOption = None) -> None:
    """Process a document that failed once more, and wait for it."""
    from on_prem_rag.cli.follow import follow_job

    with connect(Target(url, token_file), works=True) as client:
        job = client.json("POST", f"documents/{document_id}/retry")
        follow_job(client, job["id"])


def _row(document: dict[str, Any]) -> list[str]:
    latest = document["latest"]
    status = latest["status"]
    if status == "ready" and not latest["searchable"]:
        status = "indexing"
    if latest["error"]:
        status = f"{status}: {latest['error']['message']}"
    counts = [str(latest["page_count"]), str(latest["chunk_count"])]
    return [document["name"], status, *counts, document["id"]]
