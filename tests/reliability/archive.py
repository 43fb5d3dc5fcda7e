"""Documents with a word of their own, people who send and delete them whatever happens, and the
proof that nothing acknowledged is lost."""

from __future__ import annotations

import json
import os
import random
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
from tests.server_process import ServerProcess, wait_for

T = TypeVar("T")
LAUNCHER = Path(__file__).with_name("launcher.py")
WORDS = ["harbour", "crane", "pallet", "customs", "ledger", "invoice", "tariff", "freight", "quay"]


def dice() -> random.Random:
    """Chance by a seed that is shown with a failure; RAG_TEST_SEED replays it."""
    seed = int(os.environ.get("RAG_TEST_SEED") or random.randrange(2**32))
    tell(f"RAG_TEST_SEED={seed}")
    return random.Random(seed)


def of_today(cases: Sequence[T], count: int) -> list[T]:
    """Some of the cases, others each day; the same in every process that collects them."""
    day = datetime.now(UTC).date().toordinal()
    return random.Random(day).sample(list(cases), count)


def tell(text: str) -> None:
    """Say it in the test's captured output."""
    sys.stderr.write(f"{text}\n")


def token(number: int) -> str:
    """A word that stands in one document alone."""
    return f"zq{number:04d}xk"


def text_of(number: int) -> str:
    """A document of a few chunks; its token stands in it once."""
    draw = random.Random(number)
    paragraphs = [" ".join(draw.choices(WORDS, k=90)) + "." for _ in range(draw.randint(1, 6))]
    return f"File {token(number)} of the archive.\n\n" + "\n\n".join(paragraphs)


class FaultyServer(ServerProcess):
    """``serve`` with faults of ``launcher`` patched in."""

    def __init__(self, data_dir: Path, faults: dict[str, Any], **settings: Any) -> None:
        super().__init__(data_dir, **{"log_level": "WARNING", **settings})
        self.command_line = [sys.executable, str(LAUNCHER), json.dumps(faults)]


@dataclass
class Archive:
    """What was acknowledged: document ids by number, and the numbers deleted again."""

    server: ServerProcess
    collection_id: str = ""
    documents: dict[int, str] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)

    def open(self) -> None:
        """Make the collection."""
        with self.server.client() as client:
            made = client.post("collections", json={"name": "Archive"})
            self.collection_id = made.json()["id"]

    def send(self, number: int) -> None:
        """Send a document again and again until it is acknowledged."""
        content = text_of(number).encode()

        def sent() -> str | None:
            files = {"file": (f"{number:04d}.txt", content)}
            path = f"collections/{self.collection_id}/documents"
            response = self.ask(lambda client: client.post(path, files=files))
            if response is None or response.status_code >= 500:
                return None
            assert response.status_code in (200, 202), response.text
            document_id: str = response.json()["document"]["id"]
            return document_id

        self.documents[number] = wait_for(sent, f"document {number} is taken", 300)

    def delete(self, number: int) -> None:
        """Delete a document again and again until that is acknowledged, or it is gone."""
        path = f"documents/{self.documents[number]}"

        def gone() -> bool:
            response = self.ask(lambda client: client.delete(path))
            return response is not None and response.status_code in (200, 404)

        wait_for(gone, f"document {number} is deleted", 300)
        self.deleted.add(number)

    def ask(self, request: Callable[[httpx.Client], httpx.Response]) -> httpx.Response | None:
        """What the server answers; None when it was killed, or is not up yet."""
        try:
            with self.server.client() as client:
                return request(client)
        except (httpx.TransportError, AssertionError):
            return None

    @contextmanager
    def in_use(self, count: int) -> Iterator[threading.Event]:
        """Within the block one sends ``count`` documents and deletes every fifth; at its end all of
        that is acknowledged, as the event says sooner."""
        first = len(self.documents)

        ended = threading.Event()

        def work() -> None:
            try:
                for number in range(first, first + count):
                    self.send(number)
                    if number % 5 == 4:
                        self.delete(number - 2)
            finally:
                ended.set()

        with ThreadPoolExecutor(1) as pool:
            working = pool.submit(work)
            yield ended
            working.result()

    def verify(self, *, seconds: float = 180) -> dict[str, Any]:
        """Nothing acknowledged is lost, nothing is there twice, and all stores agree; the check's
        report."""
        kept = {n: d for n, d in self.documents.items() if n not in self.deleted}
        with self.server.client() as client:
            wait_for(lambda: all_done(client), "every job is done", seconds)
            listed = list(all_documents(client))
            assert {document["id"] for document in listed} == set(kept.values())
            assert len(listed) == len(kept)
            states = {
                (document["latest"]["status"], document["latest"]["number"]) for document in listed
            }
            assert states <= {("ready", 1)}, listed
            report = checked(client, read_data=True)
            assert report["consistent"], report
            assert report["repaired"] == 0
            assert report["checked"]["originals"] == len(kept)
            assert report["checked"]["chunks"] == report["checked"]["vectors"] > 0
            for number, document_id in self.documents.items():
                expected = {document_id} if number in kept else set()
                for strategy in ("lexical", "hybrid"):
                    body = {"query": token(number), "strategy": strategy}
                    passages = client.post("search", json=body).json()["passages"]
                    naming = [p for p in passages if token(number) in p["text"]]
                    assert {p["document_id"] for p in naming} == expected, (token(number), strategy)
                    assert len(naming) == len(expected)
        return report


def all_done(client: httpx.Client) -> bool:
    """Whether no job waits or runs."""
    return all(
        client.get("jobs", params={"status": status, "limit": 1}).json()["total"] == 0
        for status in ("queued", "running")
    )


def all_documents(client: httpx.Client) -> Iterator[dict[str, Any]]:
    """Every document, page by page."""
    offset, total = 0, 1
    while offset < total:
        page = client.get("documents", params={"limit": 200, "offset": offset}).json()
        yield from page["items"]
        offset, total = offset + 200, page["total"]


def checked(client: httpx.Client, **options: bool) -> dict[str, Any]:
    """The report of a check."""
    client.post("check", json=options).raise_for_status()
    wait_for(lambda: client.get("check").json()["state"] == "idle", "the check ends")
    report: dict[str, Any] = client.get("check").json()["last"]
    return report


def states(client: httpx.Client) -> dict[str, str]:
    """The state of the whole under ``all``, and of every part."""
    report = client.get("health").json()
    return {"all": report["status"], **{n: c["status"] for n, c in report["checks"].items()}}
