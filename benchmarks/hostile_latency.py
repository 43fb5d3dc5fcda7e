"""Searches beside hostile files that are being read.

    python -m benchmarks.hostile_latency [--seconds 20]

A real server with its worker holds a small library. Searches are asked one after the other, first
alone, then while the worker reads generated hostile files without a pause, then alone again. The
ratio is of the 95th percentiles, beside to alone (both idle stretches together).
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from tests.security.hostile_archives import HostileFile
from tests.security.hostile_journey import hostile_files
from tests.server_process import ServerProcess, wait_for

WAITING = 20
"""Uploads queued at a time, so that the worker never runs out."""
LARGEST = 200_000
"""Bytes of an upload: what is measured is the reading, not the network."""


def fill(client: httpx.Client) -> str:
    """A collection of 60 documents, once they are all searchable."""
    collection: str = client.post("collections", json={"name": "Library"}).json()["id"]
    sent = [
        send(client, collection, f"{n}.txt", f"Chapter {n} tells of heron{n}. ".encode() * 60)
        for n in range(60)
    ]
    for upload in sent:
        path = f"documents/{upload['document']['id']}/status"
        wait_for(partial(is_searchable, client, path), "it is searchable")
    return collection


def is_searchable(client: httpx.Client, path: str) -> bool:
    """Whether the document at ``path`` is found by searches."""
    return bool(client.get(path).json()["searchable"])


def send(client: httpx.Client, collection: str, name: str, data: bytes) -> dict[str, Any]:
    """Upload one file."""
    answer = client.post(f"collections/{collection}/documents", files={"file": (name, data)})
    found: dict[str, Any] = answer.json()
    return found


def searches(client: httpx.Client, collection: str, seconds: float) -> list[float]:
    """Seconds of each search, asked for so long."""
    taken: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        body = {"query": f"what of heron{len(taken) % 60}", "collection_ids": [collection]}
        began = time.perf_counter()
        client.post("search", json=body).raise_for_status()
        taken.append(time.perf_counter() - began)
        time.sleep(0.05)
    return taken


class Siege:
    """Uploads hostile files from a thread of its own until it is left."""

    def __init__(self, server: ServerProcess, files: list[HostileFile]) -> None:
        self._server = server
        self._files = files
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self.sent = 0

    def __enter__(self) -> Siege:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _send(self) -> None:
        with self._server.client() as client:
            collection = client.post("collections", json={"name": "Hostile"}).json()["id"]
            jobs: list[str] = []
            while not self._over.is_set():
                file = self._files[self.sent % len(self._files)]
                job = send(client, collection, f"{self.sent}-{file.name}"[-200:], file.data)
                jobs += [job["job_id"]] if "job_id" in job else []
                self.sent += 1
                while len(jobs) >= WAITING and not self._over.wait(0.1):
                    jobs = [j for j in jobs if not client.get(f"jobs/{j}").json()["finished_at"]]


def p95(seconds: list[float]) -> float:
    """The 95th percentile in milliseconds."""
    return float(np.percentile(seconds, 95)) * 1000


def main() -> None:
    """Print both percentiles and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each stretch")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder:
        outside = Path(folder) / "outside"
        files = [f for f in hostile_files(outside, full=False) if len(f.data) < LARGEST]
        server = ServerProcess(
            Path(folder) / "data", log_level="WARNING", rate_limit_requests_per_minute=1_000_000,
            rate_limit_queries_per_minute=1_000_000, rate_limit_queries_per_day=1_000_000,
        )  # fmt: skip
        try:
            server.start()
            with server.client() as client:
                collection = fill(client)
                searches(client, collection, 3)
                alone = searches(client, collection, seconds)
                with Siege(server, files) as siege:
                    searches(client, collection, 2)
                    beside = searches(client, collection, seconds)
                # What is still queued is read before the second quiet stretch.
                wait_for(
                    lambda: not client.get("jobs", params={"status": "queued"}).json()["items"],
                    "the queue is empty",
                )
                alone += searches(client, collection, seconds)
        finally:
            server.end()
    print(f"alone  p50 {np.median(alone) * 1000:.1f} ms, p95 {p95(alone):.1f} ms ({len(alone)})")
    print(f"beside p50 {np.median(beside) * 1000:.1f} ms, p95 {p95(beside):.1f} ms ({len(beside)})")
    print(f"{siege.sent} hostile files sent; ratio of p95 {p95(beside) / p95(alone):.2f}")


if __name__ == "__main__":
    main()
