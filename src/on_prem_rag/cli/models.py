"""``models``: what can answer and what embeds."""

from __future__ import annotations

import typer

from on_prem_rag.cli.connection import JsonOption, Target, TokenOption, UrlOption, connect


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("models")(models)


def models(
    as_json: JsonOption = False, url: UrlOption = None, token_file: TokenOption = None
) -> None:
    """Show the models for answers and for embeddings, and which of them are in use."""
    from on_prem_rag.cli.output import print_json, print_table

    with connect(Target(url, token_file)) as client:
        found = client.json("GET", "models")
    if as_json:
        print_json(found)
        return
    if not found["reachable"]:
        typer.echo("Ollama does not answer: questions get extracts instead of written answers.")
    rows = [
        [m["name"], "default" if m["name"] == found["default_model"] else "", m["digest"][:12]]
        for m in found["chat"]
    ]
    print_table(["answers with", "", "digest"], rows)
    rows = [
        [m["name"], "serving" if m["serving"] else f"{m['missing']} chunks missing", m["id"]]
        for m in found["embeddings"]
    ]
    print_table(["embeds with", "", "fingerprint"], rows)
