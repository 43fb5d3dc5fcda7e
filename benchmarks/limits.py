"""What counting a request costs, by how it is counted.

    python -m benchmarks.limits [--requests 2000] [--database URL]

Counts requests of one person who uses half of the limit, in one thread, on SQLite as the appliance
sets it up or on the database named (empty, it is migrated): with a write for each, and in blocks at
limits of 60 and 1,000 a minute. Both again while another process writes batches of rows, as a
worker does that stores passages.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import insert

from on_prem_rag.config import normalise_database_url
from on_prem_rag.db import migrate
from on_prem_rag.db.base import new_id, utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.quotas.blocks import Blocks
from on_prem_rag.quotas.counters import take
from on_prem_rag.quotas.models import Counter
from on_prem_rag.quotas.window import MINUTE

ROWS_AT_ONCE = 2000
_PAUSE_SECONDS = 0.05


class Steady:
    """A clock on which a person sends ``limit`` requests a minute, whatever they take."""

    def __init__(self, limit: int) -> None:
        self._step = 61 / limit
        self._now = time.time()

    def __call__(self) -> float:
        return self._now

    def tick(self) -> None:
        """The next request."""
        self._now += self._step


def each(database: Database, limit: int) -> Callable[[], None]:
    """A write for each request."""
    clock, key = Steady(limit), f"requests:{new_id()}"

    def count() -> None:
        clock.tick()
        with database.write() as session:
            take(session, key, MINUTE, 2 * limit, now=clock())

    return count


def blocks(database: Database, limit: int) -> Callable[[], None]:
    """Blocks of the limit."""
    clock, key = Steady(limit), f"requests:{new_id()}"
    held = Blocks(database, MINUTE, clock=clock)

    def count() -> None:
        clock.tick()
        held.spend(key, lambda _: 2 * limit)

    return count


def write_batches(url: str, stop: Event) -> None:
    """Write as a worker does, until told to stop."""
    database = Database(url)
    while not stop.is_set():
        rows = [
            {
                "key": f"row:{new_id()}",
                "slices": {str(n): n for n in range(40)},
                "expires_at": utc_now(),
            }
            for _ in range(ROWS_AT_ONCE)
        ]
        with database.write() as session:
            session.execute(insert(Counter), rows)
        time.sleep(_PAUSE_SECONDS)
    database.close()


@contextmanager
def writer(url: str) -> Iterator[None]:
    """Another process that writes meanwhile."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    process = context.Process(target=write_batches, args=(url, stop))
    process.start()
    try:
        time.sleep(2)  # until it has imported what it needs
        yield
    finally:
        stop.set()
        process.join()


def measure(name: str, count: Callable[[], None], requests: int) -> None:
    """Print the median, the 99th percentile and the mean of counting one."""
    spent = []
    for _ in range(requests):
        began = time.perf_counter()
        count()
        spent.append((time.perf_counter() - began) * 1000)
    p99 = quantiles(spent, n=100)[98]
    mean = sum(spent) / len(spent)
    print(f"{name:34} median {median(spent):7.3f} ms  p99 {p99:8.2f} ms  mean {mean:7.3f} ms")


def run(url: str, requests: int) -> None:
    """Measure every way, on an idle and on a busy database."""
    database = Database(url)
    migrate.upgrade(database)

    def all_ways(where: str) -> None:
        measure(f"{where}: a write each", each(database, 60), requests)
        measure(f"{where}: blocks of 60 a minute", blocks(database, 60), requests)
        measure(f"{where}: blocks of 1,000 a minute", blocks(database, 1000), requests)

    all_ways("idle")
    with writer(url):
        all_ways("busy")
    database.close()


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--database")
    arguments = parser.parse_args()
    if arguments.database:
        run(normalise_database_url(arguments.database), arguments.requests)
        return
    with tempfile.TemporaryDirectory() as directory:
        run(f"sqlite:///{Path(directory) / 'limits.db'}", arguments.requests)


if __name__ == "__main__":
    main()
