"""``audit receipts`` and ``audit prove``: what was deleted, and that it is."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from on_prem_rag.cli.connection import JsonOption, Target, TokenOption, UrlOption, connect
from on_prem_rag.cli.exit_codes import TRACES
from on_prem_rag.cli.output import print_json, print_table


def receipts(
    limit: Annotated[int, typer.Option(min=1, max=200, help="Receipts to show.")] = 50,
    as_json: JsonOption = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """List the receipts of deletions, newest first, and where their bytes are gone."""
    with connect(Target(url, token_file)) as client:
        items = client.json("GET", "receipts", params={"limit": limit})["items"]
    if as_json:
        print_json(items)
        return
    print_table(
        ["receipt", "deleted", "by", "what", "id", "left in files", "gone from backups"],
        [_row(item) for item in items],
    )


def prove(
    receipt_id: Annotated[str, typer.Argument(help="The receipt's id.")],
    as_json: JsonOption = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Search every store for what a receipt says is deleted. Exit code 7 when some is there."""
    with connect(Target(url, token_file)) as client:
        proof = client.json("POST", f"receipts/{receipt_id}/proof")
    if as_json:
        print_json(proof)
    else:
        for store in proof["stores"]:
            said = f"{store['found']} still there" if store["found"] else "empty"
            typer.echo(f"{store['store']}: {said}, searched for {store['searched']}.")
    if not proof["empty"]:
        raise typer.Exit(TRACES)


def tell(receipt: dict[str, Any]) -> None:
    """Say where to find the receipt of what was just deleted."""
    typer.echo(f"Receipt: {receipt['id']} (`on-prem-rag audit prove {receipt['id']}`)", err=True)


def _row(item: dict[str, Any]) -> list[str]:
    waiting = [f"{s['store']} ({s['place']})" for s in item["erased"] if s["finished_at"] is None]
    return [
        item["id"],
        item["created_at"],
        item["actor_name"] or "",
        item["kind"],
        item["target_id"],
        "nothing" if item["complete"] else ", ".join(waiting) or "something",
        item["gone_from_backups_on"],
    ]
