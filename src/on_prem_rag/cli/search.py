"""``search``: passages with the scores that ranked them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from on_prem_rag.cli.connection import JsonOption, Target, TokenOption, UrlOption, connect

_SHOWN = 160


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("search")(search)


def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    collection: Annotated[
        list[str] | None, typer.Option("--collection", "-c", help="Search only these collections.")
    ] = None,
    top_k: Annotated[int | None, typer.Option(min=1, max=100, help="Passages to show.")] = None,
    strategy: Annotated[
        str | None, typer.Option(help="hybrid, dense or lexical [DEFAULT_RETRIEVAL_STRATEGY].")
    ] = None,
    media_type: Annotated[
        list[str] | None, typer.Option("--type", help="Only this media type.")
    ] = None,
    date_from: Annotated[
        datetime | None, typer.Option(help="Only documents dated from here (UTC).")
    ] = None,
    date_to: Annotated[
        datetime | None, typer.Option(help="Only documents dated up to here (UTC).")
    ] = None,
    as_json: JsonOption = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Find passages, with their dense, lexical and fused scores."""
    from on_prem_rag.cli.collection_names import bounds_of
    from on_prem_rag.cli.output import print_json

    given = {
        "top_k": top_k,
        "strategy": strategy,
        "media_types": media_type or None,
        "date_from": f"{date_from.isoformat()}Z" if date_from else None,
        "date_to": f"{date_to.isoformat()}Z" if date_to else None,
    }
    with connect(Target(url, token_file)) as client:
        body = {"query": query, **bounds_of(client, collection)}
        body |= {name: value for name, value in given.items() if value is not None}
        result = client.json("POST", "search", json=body)
    if as_json:
        print_json(result)
    else:
        _print_table(result)


def _print_table(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("#", "fused", "dense", "lexical", "passage", box=None, pad_edge=False)
    for number, passage in enumerate(result["passages"], 1):
        page = f", page {passage['page_start']}" if passage["page_start"] else ""
        text = " ".join(passage["text"].split())
        cell = Text(f"{passage['document_name']}{page}\n", style="bold")
        cell.append(text[:_SHOWN] + ("…" if len(text) > _SHOWN else ""), style="not bold")
        scores = [passage["score"], passage["dense_score"], passage["lexical_score"]]
        table.add_row(str(number), *("-" if s is None else f"{s:.3f}" for s in scores), cell)
    console = Console(highlight=False)
    console.print(table if result["passages"] else "Nothing found.")
    console.print(f"[dim]confidence {result['confidence']:.2f}")
    for part in result["degraded"]:
        console.print(f"[yellow]The {part} part of the search did not answer.")
