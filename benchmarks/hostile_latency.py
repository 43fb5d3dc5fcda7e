"""Searches beside hostile files that are being read.

    python -m benchmarks.hostile_latency [--seconds 15] [--rounds 4]

A real server with its worker holds a small library. Searches are asked one after the other, in
turns alone and while the worker reads generated hostile files without a pause, which are sent one
after the other. The ratio is of the 95th percentiles, beside to alone, all rounds together.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from functools import partial
from multiprocessing import get_context
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
    """Uploads hostile files from a process of its own until it is left, so that what is timed is
    the server beside its work and not the sender beside the asker."""

    def __init__(self, server: ServerProcess, files: list[HostileFile]) -> None:
        context = get_context("spawn")
        self._over = context.Event()
        self._sent = context.Value("i", 0)
        with server.client() as client:
            address, headers = str(client.base_url), dict(client.headers)
        arguments = (address, headers, files, self._over, self._sent)
        self._process = context.Process(target=besiege, args=arguments)

    def __enter__(self) -> Siege:
        self._process.start()
        wait_for(lambda: self.sent > 0, "the first hostile file is sent")
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._process.join()

    @property
    def sent(self) -> int:
        """Files sent so far."""
        return int(self._sent.value)


def besiege(
    address: str, headers: dict[str, str], files: list[HostileFile], over: Any, sent: Any
) -> None:
    """Keep ``WAITING`` hostile files queued until it is ``over``, counting what was ``sent``."""
    # Who sends is another machine in earnest, and takes nothing from the server's processors.
    os.nice(19)
    with httpx.Client(base_url=address, headers=headers, timeout=120, trust_env=False) as client:
        name = f"Hostile {os.getpid()}"
        collection = client.post("collections", json={"name": name}).json()["id"]
        while not over.is_set():
            queued = client.get("jobs", params={"status": "queued"}).json()["items"]
            missing = WAITING - len(queued)
            for _ in range(missing):
                file = files[sent.value % len(files)]
                send(client, collection, f"{sent.value}-{file.name}"[-200:], file.data)
                sent.value += 1
                # As many people would, not all at once.
                over.wait(0.5 / missing)
            if missing <= 0:
                over.wait(0.1)


def p95(seconds: list[float]) -> float:
    """The 95th percentile in milliseconds."""
    return float(np.percentile(seconds, 95)) * 1000


def main() -> None:
    """Print both percentiles and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each stretch")
    parser.add_argument("--rounds", type=int, default=4, help="of a stretch alone and one beside")
    arguments = parser.parse_args()
    seconds, rounds = arguments.seconds, arguments.rounds
    alone: list[float] = []
    beside: list[float] = []
    sent = 0
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
                for _ in range(rounds):
                    alone += searches(client, collection, seconds)
                    with Siege(server, files) as siege:
                        searches(client, collection, 2)
                        beside += searches(client, collection, seconds)
                        sent += siege.sent
                    # What is still queued is read before the next quiet stretch.
                    wait_for(
                        lambda: not client.get("jobs", params={"status": "queued"}).json()["items"],
                        "the queue is empty",
                    )
        finally:
            server.end()
    print(f"alone  p50 {np.median(alone) * 1000:.1f} ms, p95 {p95(alone):.1f} ms ({len(alone)})")
    print(f"beside p50 {np.median(beside) * 1000:.1f} ms, p95 {p95(beside):.1f} ms ({len(beside)})")
    print(f"{sent} hostile files sent; ratio of p95 {p95(beside) / p95(alone):.2f}")


if __name__ == "__main__":
    main()
