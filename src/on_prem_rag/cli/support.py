"""``support``: what helps whoever is asked for help, without a word of anyone's documents."""

from __future__ import annotations

import io
import json
import os
import platform
import sys
import tarfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

import on_prem_rag
from on_prem_rag.cli.connection import ApiClient, Target, connect
from on_prem_rag.config import Settings, load_settings
from on_prem_rag.errors import AppError, Conflict

_LOG_LINES = 5000
_README = """Support bundle of On-Prem RAG

about.json      version, machine, when this was made
settings.json   every setting that is no secret
doctor.json     what `on-prem-rag doctor` says
health.json     the state of the parts
counts.json     how many people, documents, jobs, answers; how backups and the last check went
runtime.json    what administrators set of models and logging
schema.json     the revision of the database
snapshots.json  the backups: when, how large, verified, restored
metrics.txt     what a monitoring system would read
log.jsonl       the last {lines} lines of LOG_FILE, if that is set

Paths and host names are those of the settings. There are no names of people, documents or
collections in it, no question, no answer, no passage and no secret. Of log lines only fields that
are known to hold none of these are kept. Containers log to their engine: `docker compose logs` is
not part of this.
"""
_RUNTIME = ("chat_model", "num_ctx", "num_predict", "log_level")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("support")(support)


def support(
    file: Annotated[
        Path | None,
        typer.Argument(help="The tar.gz to write, - for standard output; named by the time."),
    ] = None,
) -> None:
    """Write a bundle for whoever helps: without names, questions, documents or secrets."""
    settings, _ = load_settings()
    members = dict(_members(settings))
    if file is not None and str(file) == "-":
        _write(sys.stdout.buffer, members)
        return
    target = file or Path(f"support-{datetime.now(UTC):%Y%m%d_%H%M%S}.tar.gz")
    try:
        # For its owner alone: it tells how the appliance is set up.
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(f"{target} is there already.", hint="Name another file.") from None
    with os.fdopen(descriptor, "wb") as out:
        _write(out, members)
    typer.echo(f"Written to {target}. Look into it before you send it.")


def _write(out: BinaryIO, members: dict[str, str]) -> None:
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, text in members.items():
            data = text.encode()
            entry = tarfile.TarInfo(f"support/{name}")
            entry.size, entry.mode, entry.mtime = len(data), 0o600, int(time.time())
            archive.addfile(entry, io.BytesIO(data))


def _members(settings: Settings) -> Iterator[tuple[str, str]]:
    """Names and contents. What cannot be had says why, so that the rest still comes."""
    from on_prem_rag.cli.doctor import examine
    from on_prem_rag.cli.redaction import redact_settings

    yield "README.txt", _README.format(lines=_LOG_LINES)
    yield "about.json", _json(_about())
    yield "settings.json", _json(redact_settings(settings.told()))
    yield "doctor.json", _json([asdict(finding) for finding in examine(offline=False)])
    yield "schema.json", _json(_tried(lambda: _schema(settings)))
    yield "snapshots.json", _json(_tried(lambda: _snapshots(settings)))
    if settings.log_file is not None:
        yield "log.jsonl", _log(settings.log_file)
    try:
        with connect(Target()) as client:
            yield from _of_the_server(client)
    except AppError as error:
        yield "server.json", _json({"error": error.message})


def _of_the_server(client: ApiClient) -> Iterator[tuple[str, str]]:
    yield "health.json", _json(_tried(lambda: client.json("GET", "health")))
    yield "counts.json", _json(_tried(lambda: client.json("GET", "admin/overview")))
    found = _tried(lambda: client.json("GET", "admin/settings"))
    values = found.get("values", {})
    yield "runtime.json", _json({name: values.get(name) for name in _RUNTIME if name in values})
    metrics = client.base_url.copy_with(path="/metrics")
    try:
        yield "metrics.txt", client.get(metrics).text
    except AppError as error:
        yield "metrics.txt", f"# {error.message}\n"


def _about() -> dict[str, Any]:
    return {
        "version": on_prem_rag.__version__,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
    }


def _schema(settings: Settings) -> dict[str, Any]:
    from on_prem_rag.bootstrap.parts import open_database
    from on_prem_rag.db import migrate

    database = open_database(settings)
    try:
        return {
            "current": migrate.current_revision(database),
            "newest": migrate.head_revision(),
            "database": database.engine.dialect.name,
        }
    finally:
        database.close()


def _snapshots(settings: Settings) -> dict[str, Any]:
    from on_prem_rag.backup.repository import Repository

    kept = ("name", "created_at", "size", "seconds", "encrypted", "verified_at", "restored_at")
    snapshots = Repository(settings.backup_dir).list_snapshots()
    return {"snapshots": [{key: getattr(each, key) for key in kept} for each in snapshots]}


def _log(path: Path) -> str:
    from on_prem_rag.cli.redaction import redact_log

    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            last = deque(file, maxlen=_LOG_LINES)
    except OSError as error:
        return _json({"error": error.strerror})
    return "".join(f"{line}\n" for line in redact_log(last))


def _tried(get: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return get()
    except AppError as error:
        return {"error": error.message}


def _json(value: object) -> str:
    return json.dumps(value, indent=2, default=str, ensure_ascii=False) + "\n"
