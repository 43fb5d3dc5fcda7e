"""``evaluate``: retrieval and answers measured on golden sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from on_prem_rag.cli.connection import JsonOption, connect


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("evaluate")(evaluate)


def evaluate(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="Folder of golden sets.")
    ],
    sets: Annotated[
        list[str] | None, typer.Option("--set", help="Only this set, such as retrieval/cisi.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Also write the report here (Markdown).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure this version on golden sets, in a scratch place beside the real data.

    docs/evaluation.md describes the formats. It runs as a job and can be cancelled with Ctrl-C.
    """
    from on_prem_rag.cli.connection import Target
    from on_prem_rag.cli.follow import follow_job
    from on_prem_rag.cli.output import print_json

    with connect(Target(), works=True) as client:
        body = {"path": str(folder.resolve()), "sets": sets or []}
        started = client.json("POST", "evaluations", json=body)
        result = follow_job(client, started["id"], quiet=as_json)["result"]
    if output is not None:
        output.write_text(result["markdown"])
    if as_json:
        print_json(result["report"])
    else:
        typer.echo(result["markdown"])
