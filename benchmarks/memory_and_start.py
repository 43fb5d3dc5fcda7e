"""How long a warm start takes, and what an idle server with its worker holds in memory.

    python -m benchmarks.memory_and_start [--starts 5] [--idle 75]

Memory is the proportional set size (PSS) of every process of the server, from smaps_rollup, after
documents were taken in, searched and asked about, and then nothing came for a while.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import httpx
from tests.sample_files import FACTS, write_sample_files
from tests.server_process import (
    ServerProcess,
    command_line,
    cpu_seconds,
    processes_of_group,
    wait_for,
)

MEBIBYTE = 1024.0


def pss(pid: int) -> float:
    """Proportional set size of a process in MB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / MEBIBYTE
    raise SystemExit("this kernel does not tell the proportional set size")


def role(pid: int) -> str:
    """What a process is."""
    words = command_line(pid)
    for name in ("serve", "worker", "sandbox_zygote"):
        if any(name in word for word in words):
            return name
    return " ".join(words[:3])


def use(server: ServerProcess, folder: Path) -> None:
    """Have every part of the server do its work once."""
    write_sample_files(folder)
    done = server.command("ingest", str(folder), "-c", "Handbook")
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    with server.client() as client:
        for fact in FACTS:
            client.post("search", json={"query": fact.question}).raise_for_status()
            client.post("query", json={"query": fact.question}).raise_for_status()
        found = client.post("search", json={"query": FACTS[-1].question}).json()["passages"][0]
        client.get(f"documents/{found['document_id']}/pages/1/image").raise_for_status()


def start_seconds(server: ServerProcess) -> tuple[float, float, float]:
    """Seconds until ``/ready`` says so, until a search uses both indexes, and of processors."""
    began = time.perf_counter()
    server.start()
    with httpx.Client(base_url=server.entry.url, trust_env=False) as client:
        while client.get("/ready").status_code != 200:
            time.sleep(0.02)
    ready, cpu = time.perf_counter() - began, cpu_seconds(server.pid)
    with server.client() as client:
        wait_for(
            lambda: (
                client.post("search", json={"query": FACTS[0].question}).json()["degraded"] == []
            ),
            "both indexes serve",
        )
    return ready, time.perf_counter() - began, cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--idle", type=float, default=75.0, help="seconds before memory is read")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = ServerProcess(Path(folder) / "data", log_level="WARNING")
        try:
            server.start()
            use(server, Path(folder) / "files")
            server.stop()
            taken = []
            for _ in range(arguments.starts):
                taken.append(start_seconds(server))
                server.stop()
            ready = sorted(each[0] for each in taken)
            both = sorted(each[1] for each in taken)
            cpu = min(each[2] for each in taken)
            print(
                f"warm start: ready in {ready[len(ready) // 2]:.2f} s (worst {ready[-1]:.2f}), "
                f"first whole search after {both[len(both) // 2]:.2f} s; "
                f"{cpu:.1f} s of processors until ready"
            )
            server.start()
            use(server, Path(folder) / "files")
            time.sleep(arguments.idle)
            held = {pid: pss(pid) for pid in processes_of_group(server.pid)}
            for pid, size in held.items():
                print(f"  {role(pid):16} {size:6.1f} MB")
            print(f"idle memory (PSS): {sum(held.values()):.0f} MB in {len(held)} processes")
        finally:
            server.end()


if __name__ == "__main__":
    main()
