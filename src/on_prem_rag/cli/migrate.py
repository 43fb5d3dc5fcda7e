"""``migrate``: the database's schema, up and down."""

from __future__ import annotations

from typing import Annotated

import typer

_group = typer.Typer(help="Show or change the database's schema revision.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_group, name="migrate")


@_group.command()
def current() -> None:
    """Print the revision the database is at, and the newest one."""
    from on_prem_rag.bootstrap.parts import open_database
    from on_prem_rag.config import load_settings
    from on_prem_rag.db import migrate

    database = open_database(load_settings()[0])
    typer.echo(
        f"{migrate.current_revision(database) or 'empty'} (newest: {migrate.head_revision()})"
    )


@_group.command()
def upgrade(
    revision: Annotated[str, typer.Argument(help="Revision to reach.")] = "head",
) -> None:
    """Migrate up. Safe to run again, and by several at once."""
    from on_prem_rag.bootstrap.parts import open_database
    from on_prem_rag.config import load_settings
    from on_prem_rag.db import migrate

    database = open_database(load_settings()[0])
    migrate.upgrade(database, revision)
    typer.echo(f"The schema is at {migrate.current_revision(database)}.")


@_group.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="Revision to go back to.")],
) -> None:
    """Migrate down. Stop the server first; data of dropped columns is lost."""
    from on_prem_rag.bootstrap.parts import open_database
    from on_prem_rag.config import load_settings
    from on_prem_rag.db import migrate

    database = open_database(load_settings()[0])
    migrate.downgrade(database, revision)
    typer.echo(f"The schema is at {migrate.current_revision(database) or 'empty'}.")
