"""``ask``: a question, a streamed answer, its citations."""

from __future__ import annotations

import sys
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
from on_prem_rag.errors import AppError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ask")(ask)


def ask(
    question: Annotated[str, typer.Argument(help="The question.")],
    collection: Annotated[
        list[str] | None, typer.Option("--collection", "-c", help="Ask only these collections.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Model to answer with.")] = None,
    top_k: Annotated[int | None, typer.Option(min=1, max=100, help="Passages to use.")] = None,
    as_json: JsonOption = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Answer a question from the documents, citing document and page of every claim."""
    from on_prem_rag.cli.collection_names import bounds_of
    from on_prem_rag.cli.output import print_json

    with connect(Target(url, token_file)) as client:
        body: dict[str, Any] = {"query": question, **bounds_of(client, collection)}
        body |= {k: v for k, v in (("model", model), ("top_k", top_k)) if v is not None}
        if as_json:
            print_json(client.json("POST", "query", json=body))
        else:
            _stream(client, body)


def _stream(client: ApiClient, body: dict[str, Any]) -> None:
    from on_prem_rag.cli.sse import read_events

    passages: dict[int, dict[str, Any]] = {}
    cited: list[int] = []
    done: dict[str, Any] = {}
    with client.stream("POST", "query", json={**body, "stream": True}) as response:
        for event in read_events(response):
            match event.type:
                case "passages":
                    passages = {p["marker"]: p for p in event.data["passages"]}
                case "token":
                    sys.stdout.write(event.data["text"])
                    sys.stdout.flush()
                case "citation" if event.data["marker"] not in cited:
                    cited.append(event.data["marker"])
                case "warning":
                    sys.stderr.write(f"\nNote: {event.data['message']}\n")
                case "done":
                    done = event.data
                case "error":
                    sys.stdout.write("\n")
                    raise AppError(event.data["message"], hint=event.data.get("hint"))
    sys.stdout.write("\n")
    _print_sources(passages, cited, done)


def _print_sources(
    passages: dict[int, dict[str, Any]], cited: list[int], done: dict[str, Any]
) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    mode = done.get("mode")
    shown = cited if mode != "not_found" else sorted(passages)
    if shown:
        console.print("\n[bold]" + ("Nearest passages" if mode == "not_found" else "Sources"))
    for marker in shown:
        console.print(f"[{marker}] ".replace("[", "\\[") + _place(passages[marker]), soft_wrap=True)
    unsupported = sum(not sentence["supported"] for sentence in done.get("support", []))
    if mode == "generated" and unsupported:
        console.print(f"[yellow]{unsupported} sentence(s) have no support in the sources.")
    seconds = done.get("timings", {}).get("total", 0.0) / 1000
    console.print(f"[dim]{mode}, {done.get('model') or 'no model'}, {seconds:.1f} s")


def _place(passage: dict[str, Any]) -> str:
    parts = [passage["document_name"]]
    start, end = passage["page_start"], passage["page_end"]
    if start is not None:
        parts.append(f"page {start}" if start == end else f"pages {start}-{end}")
    if passage["boxes"]:
        page, *box = passage["boxes"][0]
        parts.append(f"box on page {page:.0f}: " + " ".join(f"{value:.0f}" for value in box))
    if passage["heading_path"]:
        parts.append(" > ".join(passage["heading_path"]))
    return ", ".join(parts).replace("[", "\\[")
