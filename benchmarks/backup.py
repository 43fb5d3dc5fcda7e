"""Backing up and restoring an appliance, over `tar | zstd -3` of the same bytes.

    python -m benchmarks.backup [--megabytes 1024] [--chunks 100000]

Originals, half words and half noise, and fifty passages of each with vectors as in
benchmarks.search are written straight into an appliance. It is backed up twice, unchanged between;
then the newest snapshot is restored, without its indexes, as on a new machine. Whatever is measured
ends on the disk: tar's result is synced as well.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.search import CHUNKS_PER_DOCUMENT, fill, sentences
from on_prem_rag.backup.seal import Identities
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.bootstrap.backups import Backups
from on_prem_rag.bootstrap.restoring import Wanted, restore
from on_prem_rag.config import Settings, load_settings

MEGABYTE = 1024**2


def write_original(folder: Path, draw: random.Random, known: Sequence[str], size: int) -> str:
    """Write a file of so many bytes, half words and half noise; its hash."""
    words = " ".join(draw.choices(known, k=size // 200)).encode()[: size // 2]
    data = words + draw.randbytes(size - len(words))
    sha256 = hashlib.sha256(data).hexdigest()
    (folder / sha256).write_bytes(data)
    return sha256


def prepare(settings: Settings, megabytes: int, chunks: int) -> None:
    """Fill an appliance; each document has an original of its own."""
    appliance = Appliance(settings, workers=0, durable=False)
    draw, known = random.Random(1), sentences()
    size = megabytes * MEGABYTE // -(-chunks // CHUNKS_PER_DOCUMENT)
    try:
        fill(
            appliance,
            chunks,
            lambda _: (write_original(settings.originals_dir, draw, known, size), size),
        )
    finally:
        appliance.stop()


def tar(settings: Settings, target: Path) -> None:
    """What an administrator would do by hand."""
    names = [settings.originals_dir.name, "rag.db"]
    command = ["tar", "-C", str(settings.data_dir), "-c", *names]
    with target.open("wb") as out, subprocess.Popen(command, stdout=subprocess.PIPE) as packing:
        subprocess.run(["zstd", "-3", "-q"], stdin=packing.stdout, stdout=out, check=True)
        os.fsync(out.fileno())


def seconds(action: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def main() -> None:
    """Print the times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1024, help="of originals")
    parser.add_argument("--chunks", type=int, default=100_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings, _ = load_settings(
            {}, data_dir=folder / "data", backup_dir=folder / "backups", log_level="ERROR"
        )
        prepare(settings, arguments.megabytes, arguments.chunks)
        database = (settings.data_dir / "rag.db").stat().st_size
        print(f"{arguments.megabytes} MB of originals, a database of {database / MEGABYTE:.0f} MB")
        # Once unmeasured, so that both find the bytes where the other does.
        tar(settings, folder / "tar.zst")
        by_hand = seconds(lambda: tar(settings, folder / "tar.zst"))
        (folder / "tar.zst").unlink()
        first = seconds(Backups(settings).create)
        second = seconds(Backups(settings).create)
        print(f"tar | zstd -3 {by_hand:.1f} s, first snapshot {first:.1f} s, second {second:.1f} s")
        print(
            f"throughput over tar's {by_hand / first:.2f}, second over first {second / first:.3f}"
        )
        # All but the key of the audit log, which an unencrypted snapshot does not hold.
        for path in (settings.originals_dir, settings.index_dir):
            shutil.rmtree(path)
        for path in settings.data_dir.glob("rag.db*"):
            path.unlink()
        repository = Backups(settings).repository
        wanted = Wanted(repository, repository.newest().name, Identities())
        print(f"restored, indexes made anew, in {seconds(lambda: restore(settings, wanted)):.0f} s")


if __name__ == "__main__":
    main()
