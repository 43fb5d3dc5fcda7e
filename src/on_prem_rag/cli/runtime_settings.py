"""``settings``: what administrators change at run time."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from on_prem_rag.cli.connection import JsonOption, Target, TokenOption, UrlOption, connect
from on_prem_rag.cli.output import print_json, print_table

_group = typer.Typer(
    help="List, set and reset what administrators change at run time.", no_args_is_help=True
)
NameArgument = Annotated[str, typer.Argument(help="Name of the setting, as `list` shows it.")]
ValueArgument = Annotated[
    str, typer.Argument(help='A number or a text; of an announcement \'{"text": "…"}\'.')
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_group, name="settings")


@_group.command("list")
def list_(
    as_json: JsonOption = False, url: UrlOption = None, token_file: TokenOption = None
) -> None:
    """List every setting with its value, its default, and whether it was set."""
    with connect(Target(url, token_file)) as client:
        found = client.json("GET", "admin/settings")
    if as_json:
        print_json(found)
        return
    changed = set(found["changed"])
    rows = [
        [name, _shown(value), _shown(found["defaults"][name]), "set" if name in changed else ""]
        for name, value in found["values"].items()
    ]
    print_table(["name", "value", "default", ""], rows)


@_group.command("set")
def set_(
    name: NameArgument,
    value: ValueArgument,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Set one value; every replica follows within five seconds."""
    with connect(Target(url, token_file)) as client:
        client.json("PATCH", "admin/settings", json={name: _read(name, value)})
    typer.echo(f"Set {name}.")


@_group.command()
def reset(name: NameArgument, url: UrlOption = None, token_file: TokenOption = None) -> None:
    """Bring the default of one setting back."""
    with connect(Target(url, token_file)) as client:
        client.json("PATCH", "admin/settings", json={name: None})
    typer.echo(f"Reset {name}.")


def _read(name: str, value: str) -> Any:
    """A text as it stands; what else a setting takes is written as JSON."""
    if name in ("enterprise_name", "chat_model"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
