"""Starts the real program with faults patched in: ``python launcher.py FAULTS serve``.

FAULTS is JSON: ``sync_threshold`` of Chroma; ``persist_mark``, a file that is there while Chroma
is written to; ``fail_at`` a boundary of BOUNDARIES in a ``fail_kind`` of exit or raise when it is
passed for the ``fail_after``-th time, once, which the file ``fail_mark`` remembers,
from when a file ``armed`` lies beside it; how many
seconds every step of building vectors takes longer, ``slow_builds``, and the wall clock is wrong,
``clock``. Workers are started by the same launcher. The program itself
has no such hooks.
"""

from __future__ import annotations

import datetime as datetime_module
import functools
import itertools
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from on_prem_rag.api.routes import uploads
from on_prem_rag.cli.main import main
from on_prem_rag.documents.originals import Originals, StagedFile
from on_prem_rag.documents.service import DocumentService
from on_prem_rag.index import chroma
from on_prem_rag.index.generations import DenseGenerations
from on_prem_rag.index.lexical import TantivyLexicalIndex
from on_prem_rag.index.projector import Projector
from on_prem_rag.ingest.pipeline import IngestPipeline
from on_prem_rag.jobs.supervisor import WorkerSupervisor

BOUNDARIES: dict[str, tuple[Any, str, str]] = {
    "original synced": (StagedFile, "finish", "after"),
    "original in place": (StagedFile, "keep", "after"),
    "upload committed": (uploads, "_add", "after"),
    "before the store": (IngestPipeline, "store", "before"),
    "chunks committed": (IngestPipeline, "store", "after"),
    "before Chroma": (Projector, "_project_dense", "before"),
    "within Chroma": (chroma.ChromaVectorStore, "upsert", "after"),
    "Chroma written": (Projector, "_project_dense", "after"),
    "tantivy written": (TantivyLexicalIndex, "apply", "after"),
    "ready": (Projector, "advance", "after"),
    "deletion committed": (DocumentService, "remove_originals", "before"),
    "original removed": (Originals, "remove", "after"),
}
EXIT_STATUS = 70


def patch(faults: dict[str, Any]) -> None:
    """Put the faults in."""
    if "sync_threshold" in faults:
        chroma._HNSW["sync_threshold"] = faults["sync_threshold"]
    if "persist_mark" in faults:
        _mark_persists(Path(faults["persist_mark"]))
    if "fail_at" in faults:
        owner, name, moment = BOUNDARIES[faults["fail_at"]]
        fail = _Failing(faults["fail_kind"], faults["fail_after"], Path(faults["fail_mark"]))
        _wrap(owner, name, moment, fail)
    if "slow_builds" in faults:
        _slow_builds(faults["slow_builds"])
    if "clock" in faults:
        _shift_clock(faults["clock"])


class _Failing:
    def __init__(self, kind: str, after: int, mark: Path) -> None:
        self._kind = kind
        self._after = after
        self._mark = mark
        self._passed = itertools.count(1)

    def __call__(self) -> None:
        if not self._mark.with_name("armed").exists():
            return
        if next(self._passed) < self._after:
            return
        try:
            self._mark.touch(exist_ok=False)
        except FileExistsError:
            return
        if self._kind == "exit":
            os._exit(EXIT_STATUS)
        raise RuntimeError("a fault was put here")


def _wrap(owner: Any, name: str, moment: str, fail: Callable[[], None]) -> None:
    real = getattr(owner, name)

    @functools.wraps(real)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        if moment == "before":
            fail()
        result = real(*arguments, **options)
        if moment == "after":
            fail()
        return result

    setattr(owner, name, wrapped)


def _mark_persists(mark: Path) -> None:
    real = chroma.ChromaVectorStore.upsert

    def upsert(*arguments: Any) -> None:
        mark.touch()
        try:
            real(*arguments)
        finally:
            mark.unlink(missing_ok=True)

    chroma.ChromaVectorStore.upsert = upsert  # type: ignore[method-assign,assignment]


def _slow_builds(seconds: float) -> None:
    real = DenseGenerations.step

    def step(self: DenseGenerations, *given: Any) -> None:
        if self.is_building:
            time.sleep(seconds)
        real(self, *given)

    DenseGenerations.step = step  # type: ignore[method-assign]


def _shift_clock(seconds: float) -> None:
    """The wall clock alone: a monotonic one is never set."""
    real = time.time
    time.time = lambda: real() + seconds
    offset = datetime_module.timedelta(seconds=seconds)

    class Shifted(datetime_module.datetime):
        @classmethod
        def now(cls, tz: datetime_module.tzinfo | None = None) -> Any:
            return super().now(tz) + offset

    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("on_prem_rag"):
            for name, value in list(vars(module).items()):
                if value is datetime_module.datetime:
                    setattr(module, name, Shifted)


def run(arguments: list[str]) -> None:
    """Patch, then be the program."""
    patch(json.loads(arguments[1]))
    real = WorkerSupervisor.__init__

    def start_by_launcher(self: WorkerSupervisor, *given: Any) -> None:
        real(self, *given)
        self._command = [sys.executable, __file__, arguments[1], *given[0]]

    WorkerSupervisor.__init__ = start_by_launcher  # type: ignore[method-assign]
    sys.argv = ["on-prem-rag", *arguments[2:]]
    main()


if __name__ == "__main__":
    run(sys.argv)
