"""``worker``: takes queued jobs, as a child of ``serve`` or on its own."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("worker")(worker)


def worker(
    child: Annotated[
        bool, typer.Option("--child", help="End when standard input does; used by serve.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Exit 0 if a worker of this machine works, else 1."),
    ] = False,
) -> None:
    """Process queued jobs: parse, split, embed. serve starts one by itself.

    Run more of them beside a server on the same database to take documents in faster.
    """
    if check:
        _check()
    from on_prem_rag.bootstrap.worker import WorkerProcess
    from on_prem_rag.cli.settings import load_and_report

    settings = load_and_report(serves=True)
    # Questions come first: the worker yields the processor to the server.
    os.nice(19)
    process = WorkerProcess(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: process.stop())
    if child:
        threading.Thread(target=_stop_at_eof, args=(process.stop,), daemon=True).start()
    process.run()
    # Daemon threads may sit in native code; nothing is left to flush.
    sys.stdout.flush()
    os._exit(0)


def _check() -> None:
    from on_prem_rag.cli.exit_codes import FAILED
    from on_prem_rag.config import load_settings
    from on_prem_rag.ingest.heartbeat import Heartbeat

    raise typer.Exit(0 if Heartbeat(load_settings()[0].run_dir).is_fresh else FAILED)


def _stop_at_eof(stop: Callable[[], None]) -> None:
    sys.stdin.buffer.read()
    stop()
