"""What overwriting deleted rows costs ingest, and what erasing costs an index of 10,000 vectors.

    python -m benchmarks.erasure [--vectors 10000] [--rounds 5]

Storing: documents of 50 chunks with their vectors are stored, replaced and deleted in SQLite, with
and without secure_delete in turn; the ratio is of the best rounds. Erasing: one document is deleted
from a Collection, and until the bytes are out of every file another thread searches.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sqlalchemy import event
from sqlalchemy.orm import Session
from tests.index_rows import IndexRows, vector_of

from on_prem_rag.audit.receipts import ReceiptBook, Removal
from on_prem_rag.db.session import Database
from on_prem_rag.documents.changes import last_change
from on_prem_rag.index.erasure import Eraser
from on_prem_rag.index.owner import IndexSlot
from on_prem_rag.index.projector import Projector, ProjectorThread
from on_prem_rag.llm.protocols import ModelFingerprint

MODEL = ModelFingerprint("bench", "digest", 384)
TEXT = "A passage of about a hundred words is what a chunk holds. " * 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    best = {"ON": float("inf"), "OFF": float("inf")}
    for _ in range(chosen.rounds):
        for mode, fastest in best.items():
            best[mode] = min(fastest, store(mode))
    print(f"storing 2,000 chunks, half of them replaced: {best['ON']:.2f} s with secure_delete, ")
    print(f"{best['OFF']:.2f} s without; {best['ON'] / best['OFF']:.2f} times")
    erase(chosen.vectors)


def store(mode: str) -> float:
    """Seconds to store, replace and delete documents of 50 chunks."""
    with tempfile.TemporaryDirectory() as place:
        database = Database(f"sqlite:///{place}/rag.db")
        event.listen(
            database.engine, "connect", lambda c, _: c.execute(f"PRAGMA secure_delete={mode}")
        )
        rows = IndexRows(database)
        rows.model(MODEL)
        collection = rows.collection()
        began = time.perf_counter()
        for number in range(40):
            rows.publish(collection, str(number % 20), [f"{number} {i} {TEXT}" for i in range(50)])
        for number in range(10):
            rows.remove(collection, str(number))
        took = time.perf_counter() - began
        database.close()
    return took


def erase(vectors: int) -> None:
    """Print how long erasing takes and what a search takes meanwhile."""
    with tempfile.TemporaryDirectory() as place:
        database = Database(f"sqlite:///{place}/rag.db")
        rows = IndexRows(database)
        rows.model(MODEL)
        collection = rows.collection()
        for start in range(0, vectors, 1000):
            rows.publish(collection, f"{start}", [f"{start + i} {TEXT}" for i in range(1000)])
        gone = rows.publish(collection, "gone", ["this one"])
        slot = IndexSlot.acquire(Path(place) / "index", 1)
        projector = Projector(database, slot)
        projector.run_until_current()
        projector.reconcile()
        idle = search_times(projector, collection, lambda clock: clock > 3)
        eraser = Eraser(database, projector, slot, _no_originals, quiet_seconds=0)
        thread = ProjectorThread(projector, when_idle=eraser.step)
        rows.remove(collection, "gone")
        with database.write() as session:
            removal = Removal(chunks=gone, change=last_change(session))
            ReceiptBook().write(session, "document", "gone", removal)
        before = projector.dense.live
        began = time.perf_counter()
        thread.start()
        busy = search_times(projector, collection, lambda _: projector.dense.live is not before)
        print(f"{vectors} vectors: new files after {time.perf_counter() - began:.1f} s")
        for name, times in (("idle", idle), ("meanwhile", busy)):
            p50, p95 = np.percentile(times, [50, 95]) * 1000
            print(f"a search, {name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms ({len(times)} searches)")
        began = time.perf_counter()
        while projector.lexical.traces(gone):
            threading.Event().wait(0.05)
        print(f"the lexical index: {time.perf_counter() - began:.1f} s after that")
        thread.close()
        database.close()
        slot.release()


def search_times(
    projector: Projector, collection: str, done: Callable[[float], bool]
) -> list[float]:
    """Seconds of searches one after another, fifty a second at most."""
    query, found = vector_of("0 question", MODEL), []
    began = time.perf_counter()
    while not done(time.perf_counter() - began):
        live = projector.dense.live
        start = time.perf_counter()
        try:
            assert live is not None
            live.search(collection, query, 10)
        except Exception:  # noqa: BLE001 - it met the swap; the appliance asks again
            continue
        found.append(time.perf_counter() - start)
        threading.Event().wait(0.02)
    return found


def _no_originals(_: Session) -> None:
    """Nothing to sweep."""


if __name__ == "__main__":
    main()
