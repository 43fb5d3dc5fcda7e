"""``serve``: the server with its worker and its index."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from on_prem_rag.bootstrap.appliance import Appliance


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [HOST].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on [PORT].")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Data directory [DATA_DIR].")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Worker processes beside the server [WORKER_PROCESSES].")
    ] = None,
) -> None:
    """Start the server: migrates, starts its worker, prints the address, serves until stopped."""
    started = time.monotonic()
    from on_prem_rag.bootstrap.appliance import Appliance
    from on_prem_rag.cli.http_server import bind_tcp, run_app
    from on_prem_rag.cli.settings import load_and_report
    from on_prem_rag.monitoring.listener import start_metrics_listener
    from on_prem_rag.monitoring.log_level import LevelFollower

    given = {"host": host, "port": port, "data_dir": data_dir, "worker_processes": workers}
    settings = load_and_report(serves=True, **{k: v for k, v in given.items() if v is not None})
    listener = bind_tcp(settings.host, settings.port)
    address = listener.getsockname()
    shown = f"[{address[0]}]" if ":" in address[0] else address[0]
    url = f"http://{shown}:{address[1]}"
    appliance = Appliance(settings)
    levels = LevelFollower(lambda: appliance.runtime.current().log_level)
    try:
        appliance.start()
        levels.start()
        start_metrics_listener(settings)
        run_app(
            appliance,
            listener,
            url=url,
            unix_path=None,
            on_ready=lambda: _announce(appliance, url, time.monotonic() - started),
        )
    finally:
        levels.close()
        appliance.stop()


def _announce(appliance: Appliance, url: str, seconds: float) -> None:
    from rich.console import Console

    from on_prem_rag.api.page import page_is_built

    console = Console(stderr=True, highlight=False)
    if not page_is_built():
        console.print("The page was not built; the API alone answers. See the README.")
    console.print(f"[bold]On-Prem RAG[/bold] is ready at [bold]{url}[/bold] ({seconds:.1f} s)")
    console.print(f"API documentation: {url}/docs   data: {appliance.settings.data_dir.resolve()}")
    password = appliance.auth.users.create_first_admin()
    if password is not None:
        console.print("First run: sign in as [bold]admin[/bold] with this one-time password,")
        console.print(f"which must be changed and is not shown again: [bold]{password}[/bold]")
