"""kill -9 of the server and its worker again and again while documents come, go and are embedded
anew, with Chroma persisting every few vectors."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.eval_data import FULL
from tests.ollama_standin import ThreadedStandIn
from tests.reliability.archive import Archive, FaultyServer, all_done, dice, tell, token
from tests.server_process import give_model, wait_for

KILLS = 50 if FULL else 3
MODELS = ("all-MiniLM-L6-v2", "nomic-embed-text")

pytestmark = pytest.mark.timeout(180 + 60 * KILLS)


@pytest.fixture
def server(tmp_path: Path, built_model: Path, ollama: ThreadedStandIn) -> Iterator[FaultyServer]:
    give_model(built_model, tmp_path / "data")
    faults = {"sync_threshold": 15, "persist_mark": str(tmp_path / "persisting")}
    made = FaultyServer(tmp_path / "data", faults, ollama_endpoint=ollama.url)
    yield made
    made.end()


def test_acknowledged_documents_survive_kills_and_are_there_once(
    server: FaultyServer, tmp_path: Path
) -> None:
    moments = dice()
    archive = Archive(server)
    server.start()
    archive.open()
    within = 0
    with archive.in_use(10 * KILLS):
        for kill in range(KILLS):
            embed_anew(archive)
            time.sleep(moments.uniform(0.2, 4.0))  # the moment of the kill
            if kill % 2:
                seen_soon(tmp_path / "persisting")
                os.kill(server.pid, signal.SIGKILL)
            server.kill()
            within += (tmp_path / "persisting").exists()
            (tmp_path / "persisting").unlink(missing_ok=True)
            server.settings["embedding_model"] = MODELS[(kill + 1) % 2]
            server.start()
    tell(f"{within} of {KILLS} kills fell into Chroma's writing")
    assert within >= KILLS // 8
    embed_anew(archive)
    archive.verify(seconds=120 + 30 * KILLS)
    assert server.stop() == 0
    check_rows(server.data_dir / "rag.db", archive)


def embed_anew(archive: Archive) -> None:
    """Have every vector computed by the model of this start, beside what else is to be done."""
    archive.ask(lambda client: client.post("models/embedding/reindex"))


def seen_soon(mark: Path) -> None:
    """Return when the mark is there, or after a few seconds without it."""
    deadline = time.monotonic() + 3
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.0005)


def check_rows(database: Path, archive: Archive) -> None:
    """Each document has one version, one finished job and one set of chunks."""
    with closing(sqlite3.connect(database)) as connection:
        for number, document_id in archive.documents.items():
            rows = connection.execute(
                "SELECT ordinal, version_id, text FROM chunks WHERE document_id = ? ORDER BY 1",
                (document_id,),
            ).fetchall()
            if number in archive.deleted:
                assert rows == []
                continue
            ended = connection.execute(
                "SELECT status FROM jobs WHERE document_id = ?", (document_id,)
            ).fetchall()
            assert ended == [("succeeded",)], number
            assert [row[0] for row in rows] == list(range(len(rows)))
            assert len({row[1] for row in rows}) == 1
            assert sum(row[2].count(token(number)) for row in rows) == 1
        changes = connection.execute("SELECT number FROM changes ORDER BY number").fetchall()
        assert [row[0] for row in changes] == list(range(1, len(changes) + 1))


def test_the_proof_sees_a_document_that_is_lost(tmp_path: Path, built_model: Path) -> None:
    """The control: a row of SQL goes without anybody's asking."""
    give_model(built_model, tmp_path / "data")
    server = FaultyServer(tmp_path / "data", {})
    try:
        server.start()
        archive = Archive(server)
        archive.open()
        archive.send(0)
        with server.client() as client:
            wait_for(lambda: all_done(client), "it is taken in")
        archive.verify()
        with closing(sqlite3.connect(server.data_dir / "rag.db")) as connection:
            connection.execute("DELETE FROM chunks")
            connection.commit()
        with pytest.raises(AssertionError, match="inconsistencies"):
            archive.verify()
    finally:
        server.end()
