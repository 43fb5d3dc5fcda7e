"""``reindex``: every chunk's vector by the configured embedding model."""

from __future__ import annotations

import typer

from on_prem_rag.cli.connection import JsonOption, Target, TokenOption, UrlOption, connect


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reindex")(reindex)


def reindex(
    as_json: JsonOption = False, url: UrlOption = None, token_file: TokenOption = None
) -> None:
    """Compute missing vectors by EMBEDDING_MODEL; the old model serves until all are there."""
    from on_prem_rag.cli.follow import follow_job
    from on_prem_rag.cli.output import print_json

    with connect(Target(url, token_file), works=True) as client:
        started = client.json("POST", "models/embedding/reindex")
        job = follow_job(client, started["id"], quiet=as_json)
    if as_json:
        print_json(job)
    else:
        result = job["result"]
        typer.echo(f"{result['model']} serves; {result['chunks']} chunks were embedded.")
