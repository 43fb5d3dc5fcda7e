"""Every file Chroma keeps, damaged in every way, under a running server and while it is down: the
API lives, words are found, the status says so within a minute, and the vectors come back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from tests.eval_data import FULL
from tests.reliability.archive import Archive, FaultyServer, all_done, dice, of_today, states, token
from tests.server_process import give_model, wait_for

FILES = (
    "chroma.sqlite3",
    "data_level0.bin",
    "header.bin",
    "index_metadata.pickle",
    "length.bin",
    "link_lists.bin",
)
WAYS = ("emptied", "halved", "cut at 95 %", "bit-flipped", "removed")
CASES = [(name, way, running) for name in FILES for way in WAYS for running in (True, False)]
DOCUMENTS = 12

pytestmark = pytest.mark.timeout(1800 if FULL else 300)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, built_model: Path) -> Iterator[Archive]:
    """A server whose vectors lie in segment files."""
    directory = tmp_path_factory.mktemp("damaged") / "data"
    give_model(built_model, directory)
    server = FaultyServer(directory, {"sync_threshold": 10, "slow_builds": 3})
    server.start()
    try:
        made = Archive(server)
        made.open()
        for number in range(DOCUMENTS):
            made.send(number)
        with server.client() as client:
            wait_for(lambda: all_done(client), "all is taken in")
        made.verify()
        yield made
    finally:
        server.end()


def generation(server: FaultyServer) -> Path:
    """The directory of the generation that serves."""
    [found] = [p for p in (server.data_dir / "index/1/chroma").iterdir() if p.is_dir()]
    return found


def damage(path: Path, way: str, place: float) -> None:
    """Do it as a failing disk or a wrong command would: in place."""
    size = path.stat().st_size
    if way == "removed":
        path.unlink()
    elif way == "bit-flipped":
        with path.open("r+b") as file:
            file.seek(int(place * size))
            byte = file.read(1)[0]
            file.seek(int(place * size))
            file.write(bytes([byte ^ 1 << int(place * 8)]))
    else:
        os.truncate(path, {"emptied": 0, "halved": size // 2, "cut at 95 %": size * 95 // 100}[way])


def finds_words(archive: Archive) -> bool:
    """Whether lexical search answers, and hybrid search does not fail."""
    with archive.server.client() as client:
        for strategy in ("lexical", "hybrid"):
            found = client.post("search", json={"query": token(1), "strategy": strategy})
            assert found.status_code == 200, found.text
            if archive.documents[1] not in {p["document_id"] for p in found.json()["passages"]}:
                return False
    return True


def handles(pid: int) -> list[str]:
    """What the process has open below its index."""
    found = []
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(str(path.readlink()))
    return [target for target in found if "/chroma/" in target]


CHOSEN = CASES if FULL else of_today(CASES, 3)


@pytest.mark.parametrize(
    ("name", "way", "running"),
    CHOSEN,
    ids=[f"{name} {way} {'running' if running else 'down'}" for name, way, running in CHOSEN],
)
def test_damage_is_survived(archive: Archive, name: str, way: str, running: bool) -> None:
    server = archive.server
    assert isinstance(server, FaultyServer)
    chance = dice()
    pid, before = server.pid, generation(server)
    path, place = next(before.rglob(name)), chance.random()
    if running:
        damage(path, way, place)
        with server.client() as client:
            wait_for(lambda: finds_words(archive) and is_degraded(client), "it is degraded", 60)
            wait_for(lambda: finds_words(archive) and not is_degraded(client), "it is back", 60)
        assert server.pid == pid
    else:
        if chance.random() < 0.5:
            server.kill()
        else:
            assert server.stop() == 0
        damage(path, way, place)
        server.start()
        assert finds_words(archive)
    wait_for(lambda: dense_answers(archive), "vectors are back", 60)
    archive.verify()
    if running:
        assert generation(server) != before
    wait_for(lambda: is_clean(server), "files and handles of the old vectors are back")


def is_degraded(client: httpx.Client) -> bool:
    """Whether the status says that vectors are down; the rest must work, Ollama apart."""
    found = states(client)
    assert found["all"] == "degraded", "there is no Ollama"
    return found["vector_db"] != "healthy"


def is_clean(server: FaultyServer) -> bool:
    """Whether there is one generation, and no handle of another is open."""
    directory = server.data_dir / "index/1/chroma"
    folders = [path for path in directory.iterdir() if path.is_dir()]
    return len(folders) == 1 and all(h.startswith(f"{folders[0]}/") for h in handles(server.pid))


def dense_answers(archive: Archive) -> bool:
    """Whether vectors are searched."""
    with archive.server.client() as client:
        body = {"query": "freight and customs", "strategy": "dense"}
        found = client.post("search", json=body)
    return found.status_code == 200 and bool(found.json()["passages"])
