"""``export`` and ``import``: from staging to production, configuration and chosen documents."""

from __future__ import annotations

import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

import on_prem_rag
from on_prem_rag.cli.connection import (
    ApiClient,
    JsonOption,
    Target,
    TokenOption,
    UrlOption,
    connect,
)
from on_prem_rag.cli.exit_codes import PARTLY
from on_prem_rag.errors import Conflict, InvalidInput

FORMAT = 1
_KIND = "on-prem-rag promotion"
_MANIFEST = "manifest.json"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("export")(export)
    app.command("import")(import_)


def export(
    file: Annotated[Path, typer.Argument(help="The tar to write.")],
    collection: Annotated[
        list[str] | None,
        typer.Option("--collection", "-c", help="Take the documents of this one along, too."),
    ] = None,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Write run-time settings, groups, collections with their grants, and limits, by their names.

    Of documents only those of the collections named. Never people, passwords, keys, private
    collections, announcements or conversations.
    """
    from on_prem_rag.cli.collection_names import get_collection
    from on_prem_rag.cli.promotion_manifest import gather

    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(f"{file} is there already.", hint="Name another file.") from None
    try:
        with (
            connect(Target(url, token_file)) as client,
            os.fdopen(descriptor, "wb") as out,
            tarfile.open(fileobj=out, mode="w") as archive,
        ):
            chosen = {get_collection(client, name)["id"] for name in collection or ()}
            manifest = gather(client, chosen)
            written: set[str] = set()
            for document in _documents(manifest):
                _add_original(client, archive, document, written)
            manifest |= {
                "kind": _KIND,
                "format": FORMAT,
                "version": on_prem_rag.__version__,
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            _add(archive, _MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False).encode())
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    typer.echo(
        f"Written to {file}: {len(manifest['collections'])} collections, "
        f"{len(manifest['groups'])} groups, {len(written)} originals."
    )


def import_(
    file: Annotated[Path, typer.Argument(exists=True, help="What `export` wrote.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    as_json: JsonOption = False,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Bring what an export holds into this appliance; safe to run again.

    It adds and changes, and never removes. People it names have to be here: what is theirs is left
    out otherwise, and the exit code is 5.
    """
    from on_prem_rag.cli.output import print_json
    from on_prem_rag.cli.promotion_plan import Plan

    with opened(file) as (manifest, folder), connect(Target(url, token_file), works=True) as client:
        plan = Plan(client, manifest, folder)
        if not dry_run:
            plan.apply()
    if as_json:
        print_json({"changes": plan.changes, "left_out": plan.left_out, "applied": not dry_run})
    else:
        for line in plan.changes:
            typer.echo(f"{'would ' if dry_run else ''}{line}")
        for line in plan.left_out:
            typer.echo(f"left out: {line}")
        if not plan.changes and not plan.left_out:
            typer.echo("Nothing differs.")
    if plan.left_out:
        raise typer.Exit(PARTLY)


@contextmanager
def opened(file: Path) -> Iterator[tuple[dict[str, Any], Path]]:
    """The manifest, and a folder with the originals under their SHA-256. Raises InvalidInput."""
    from on_prem_rag.documents.originals import sha256_of

    with tempfile.TemporaryDirectory(prefix="on-prem-rag-import-") as directory:
        folder = Path(directory)
        try:
            with tarfile.open(file, mode="r:") as archive:
                archive.extractall(folder, filter="data")
            manifest = json.loads((folder / _MANIFEST).read_text())
            known = manifest["kind"] == _KIND
        except (tarfile.TarError, OSError, ValueError, KeyError, TypeError):
            raise InvalidInput(f"{file} is nothing that `export` wrote.") from None
        if not known or manifest["format"] != FORMAT:
            said = f"{file} has a form that this version does not know."
            raise InvalidInput(said, hint="Import it with the version that wrote it, or newer.")
        for document in _documents(manifest):
            path = folder / document["sha256"]
            if not path.is_file() or sha256_of(path) != document["sha256"]:
                raise InvalidInput(f"{file} is damaged: an original is not what was exported.")
        yield manifest, folder


def _documents(manifest: dict[str, Any]) -> list[dict[str, str]]:
    return [each for collection in manifest["collections"] for each in collection["documents"]]


def _add_original(
    client: ApiClient, archive: tarfile.TarFile, document: dict[str, str], written: set[str]
) -> None:
    """The newest version's bytes, each once; its id was for finding it here alone."""
    place, sha256 = document.pop("id"), document["sha256"]
    if sha256 in written:
        return
    written.add(sha256)
    with (
        tempfile.TemporaryFile() as spool,
        client.stream("GET", f"documents/{place}/original") as response,
    ):
        for piece in response.iter_bytes():
            spool.write(piece)
        entry = tarfile.TarInfo(sha256)
        entry.size, entry.mode = spool.tell(), 0o600
        spool.seek(0)
        archive.addfile(entry, spool)


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o600
    archive.addfile(entry, io.BytesIO(data))
