"""Reads every generated file in the sandbox, as a worker does; run with ``python -m``, watched."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.security.hostile_archives import FACT, HostileFile, bombs, doctypes, names
from tests.security.hostile_pages import pdfs, pixels, polyglots, truncated
from tests.security.hostile_texts import mails, rich_texts, texts

from on_prem_rag.errors import AppError, EmptyFile
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.sandbox import Sandbox
from on_prem_rag.ingest.sandbox_protocol import Job, Verdict
from on_prem_rag.ingest.splitter import Splitter
from on_prem_rag.llm.tokens import estimate_tokens

SECONDS = 60.0
MEMORY_BYTES = 1 << 30
SECRET = "cormorant-heliotrope"
PLANTED = ("198.51.100.9", 4444)


def hostile_files(outside: Path, *, full: bool) -> Iterator[HostileFile]:
    """All of them; ``outside`` is the folder they try to read from and write to."""
    kinds = (
        bombs(), doctypes(outside / "secret"), names(outside), pdfs(), pixels(), polyglots(),
        truncated(), texts(), mails(outside), rich_texts(),
    )  # fmt: skip
    return (file for kind in kinds for file in kind if full or not file.long)


class WatchedSandbox(Sandbox):
    """Keeps how each child ended."""

    def __init__(self) -> None:
        super().__init__()
        self.verdicts: list[Verdict] = []

    def _attempt(self, job: Job) -> tuple[bytes, Verdict | None]:
        result, verdict = super()._attempt(job)
        if verdict is not None:
            self.verdicts.append(verdict)
        return result, verdict


def read(sandbox: Sandbox, path: Path, file: HostileFile) -> dict[str, Any]:
    """What became of one file: the error's code and words, or how much was found."""
    began = time.monotonic()
    said = {"name": file.name, "ends": file.ends, "code": "", "message": "", "fact": False}
    try:
        document = sandbox.convert(
            path,
            file.name,
            ConvertOptions(),
            timeout_seconds=SECONDS,
            memory_bytes=MEMORY_BYTES,
        )
        converted = time.monotonic()
        drafts = Splitter(estimate_tokens).split(document)
        said["split_seconds"] = time.monotonic() - converted
        if not drafts and not any(page.ocr == "needed" for page in document.pages):
            raise EmptyFile("The file holds no text.")
        said["fact"] = any(FACT in draft.text for draft in drafts)
        said["secret"] = any(SECRET in draft.text for draft in drafts)
    except AppError as error:
        said |= {"code": error.code, "message": error.message}
    return {**said, "seconds": time.monotonic() - began}


def main(folder: Path, *, full: bool, plant: bool) -> None:
    """Read the files, and print what became of them as JSON."""
    stored = folder / "stored"
    stored.mkdir()
    with WatchedSandbox() as sandbox, ThreadPoolExecutor(2) as pool:
        sandbox.start()
        zygote = sandbox.process_id
        waiting = []
        for number, file in enumerate(hostile_files(folder / "outside", full=full)):
            path = stored / f"{number:04d}"
            path.write_bytes(file.data)
            waiting.append(pool.submit(read, sandbox, path, file._replace(data=b"")))
        results = [each.result() for each in waiting]
        lasted = sandbox.process_id == zygote
    if plant:
        with socket.socket() as caller:
            caller.settimeout(0.2)
            caller.connect_ex(PLANTED)
    peak = max(verdict.peak_bytes for verdict in sandbox.verdicts)
    sys.stdout.write(json.dumps({"files": results, "peak_bytes": peak, "lasted": lasted}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), full="--full" in sys.argv, plant="--plant" in sys.argv)
