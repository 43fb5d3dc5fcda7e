"""kill -9 of the server and its worker again and again while documents come in."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from tests.server_process import ServerProcess, give_model, wait_for

from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.config import Settings
from on_prem_rag.index.truth import chunk_vectors, embedded_chunk_ids, stored_chunk_ids

KILLS = 20 if os.environ.get("RAG_TEST_FULL") == "1" else 5
DOCUMENTS = 12 * KILLS
SEED = 20241121
WORDS = [
    "harbour",
    "crane",
    "pallet",
    "customs",
    "ledger",
    "invoice",
    "tariff",
    "freight",
    "manifest",
    "quay",
]

pytestmark = pytest.mark.timeout(120 + 60 * KILLS)


def token(number: int) -> str:
    """A word that stands in one document alone."""
    return f"zq{number:04d}xk"


def text_of(number: int) -> str:
    """A document of a few chunks; its token stands in it once."""
    draw = random.Random(number)
    paragraphs = [" ".join(draw.choices(WORDS, k=90)) + "." for _ in range(draw.randint(1, 6))]
    return f"File {token(number)} of the archive.\n\n" + "\n\n".join(paragraphs)


@dataclass
class Uploader:
    """Sends every document until the server has acknowledged it, however often it is killed."""

    server: ServerProcess
    collection_id: str
    acknowledged: dict[int, str] = field(default_factory=dict)
    """Document ids by number."""

    def run(self) -> None:
        """Send them all."""
        for number in range(DOCUMENTS):
            self.acknowledged[number] = wait_for(
                lambda n=number: self._send(n), f"document {number} is taken", 300
            )

    def _send(self, number: int) -> str | None:
        content = {"file": (f"{number:04d}.txt", text_of(number).encode())}
        try:
            with self.server.client() as client:
                response = client.post(f"collections/{self.collection_id}/documents", files=content)
        except (httpx.TransportError, AssertionError):
            return None  # killed, or not up yet
        assert response.status_code in (200, 202), response.text
        document_id: str = response.json()["document"]["id"]
        return document_id


@pytest.fixture
def server(tmp_path: Path, built_model: Path) -> Iterator[ServerProcess]:
    give_model(built_model, tmp_path / "data")
    made = ServerProcess(tmp_path / "data", log_level="WARNING")
    yield made
    made.end()


def test_acknowledged_documents_survive_kills_and_are_there_once(server: ServerProcess) -> None:
    moments = random.Random(SEED)
    server.start()
    with server.client() as client:
        collection_id = client.post("collections", json={"name": "Archive"}).json()["id"]
    uploader = Uploader(server, collection_id)
    sending = threading.Thread(target=uploader.run)
    sending.start()
    for _ in range(KILLS):
        time.sleep(moments.uniform(0.2, 4.0))  # the moment of the kill, not a wait for something
        server.kill()
        server.start()
    sending.join()
    assert sorted(uploader.acknowledged) == list(range(DOCUMENTS))
    with server.client() as client:
        wait_for(lambda: all_done(client), "every job is done", 120 + 30 * KILLS)
        check_documents(client, uploader.acknowledged)
        last = max(uploader.acknowledged)
        wait_for(
            lambda: client.get(f"documents/{uploader.acknowledged[last]}/status").json()[
                "searchable"
            ],
            "the indexes are current",
        )
        check_search(client, uploader.acknowledged)
    assert server.stop() == 0
    check_rows(server.data_dir / "rag.db", uploader.acknowledged)
    check_indexes(server.data_dir, collection_id)


def all_done(client: httpx.Client) -> bool:
    return all(
        client.get("jobs", params={"status": status, "limit": 1}).json()["total"] == 0
        for status in ("queued", "running")
    )


def check_documents(client: httpx.Client, acknowledged: dict[int, str]) -> None:
    """Every acknowledged document is there, ready, once."""
    listed: list[dict] = []
    while len(listed) < (total := _page(client, len(listed))["total"]):
        listed += _page(client, len(listed))["items"]
    assert total == len(acknowledged)
    assert {d["id"] for d in listed} == set(acknowledged.values())
    assert {(d["latest"]["status"], d["latest"]["number"]) for d in listed} == {("ready", 1)}


def _page(client: httpx.Client, offset: int) -> dict:
    page: dict = client.get("documents", params={"limit": 200, "offset": offset}).json()
    return page


def check_search(client: httpx.Client, acknowledged: dict[int, str]) -> None:
    """Each token leads to its document, and to no other."""
    for number, document_id in acknowledged.items():
        body = {"query": token(number), "strategy": "lexical"}
        passages = client.post("search", json=body).json()["passages"]
        assert {p["document_id"] for p in passages} == {document_id}, token(number)
        assert sum(p["text"].count(token(number)) for p in passages) == 1


def check_rows(database: Path, acknowledged: dict[int, str]) -> None:
    """Each document has one version, one finished job, one set of chunks and a vector a chunk."""
    with closing(sqlite3.connect(database)) as connection:
        for number, document_id in acknowledged.items():
            ended = connection.execute(
                "SELECT status FROM jobs WHERE document_id = ?", (document_id,)
            ).fetchall()
            assert ended == [("succeeded",)], number
            rows = connection.execute(
                "SELECT ordinal, version_id, text FROM chunks WHERE document_id = ? ORDER BY 1",
                (document_id,),
            ).fetchall()
            assert [row[0] for row in rows] == list(range(len(rows)))
            assert len({row[1] for row in rows}) == 1
            assert sum(row[2].count(token(number)) for row in rows) == 1
        changes = connection.execute("SELECT number FROM changes ORDER BY number").fetchall()
        assert [row[0] for row in changes] == list(range(1, len(acknowledged) + 1))
        chunks, vectors = connection.execute(
            "SELECT (SELECT count(*) FROM chunks), (SELECT count(*) FROM embeddings)"
        ).fetchone()
        assert chunks == vectors


def check_indexes(data_dir: Path, collection_id: str) -> None:
    """Both indexes hold exactly the chunks of SQL, and each vector finds its own chunk."""
    appliance = Appliance(Settings(data_dir=data_dir), workers=0)
    try:
        appliance.projector.run_until_current()
        live = appliance.projector.dense.live
        assert live is not None
        with appliance.database.read() as session:
            stored = set(stored_chunk_ids(session, collection_id))
            embedded = embedded_chunk_ids(session, collection_id, live.model.id)
            chunk_ids, vectors = chunk_vectors(session, live.model.id, embedded)
        assert stored == set(embedded)
        assert live.chroma.chunk_ids(collection_id) == stored
        assert live.chroma.count(collection_id) == len(stored)
        assert appliance.projector.lexical.chunk_ids(collection_id) == stored
        assert appliance.projector.find_drift() == []
        for chunk_id, vector in zip(chunk_ids, vectors, strict=True):
            hits = live.search(collection_id, vector, 3)
            assert any(h.chunk_id == chunk_id and h.score > 0.999 for h in hits)
    finally:
        appliance.stop()
