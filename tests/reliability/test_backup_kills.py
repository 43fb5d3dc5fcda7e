"""Backups and restores that are killed at random moments, and backups while people work.

``RAG_TEST_FULL=1`` kills 100 backups and 50 restores and takes 50 backups under 8 people, from a
random seed that is printed (``RAG_TEST_SEED`` repeats it).
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread

import httpx
import pytest
from tests.api.house import House, make_settings, open_house, until_searchable, upload, working
from tests.databases import own_database
from tests.restored import copy_of, empty_beside, holdings, originals_of
from tests.server_process import environment, give_model

from on_prem_rag.backup.repository import Repository
from on_prem_rag.backup.seal import Identities
from on_prem_rag.backup.upkeep import verify
from on_prem_rag.bootstrap.backups import Backups
from on_prem_rag.bootstrap.parts import swap_of
from on_prem_rag.bootstrap.restoring import Wanted, restore
from on_prem_rag.config import Settings

FULL = os.environ.get("RAG_TEST_FULL") == "1"
KILLED_BACKUPS = 100 if FULL else 3
KILLED_RESTORES = 50 if FULL else 3
BACKUPS = 50 if FULL else 2
PEOPLE = 8 if FULL else 3

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200 if FULL else 600)]


@pytest.fixture
def chosen(capsys: pytest.CaptureFixture[str]) -> random.Random:
    number = int(os.environ.get("RAG_TEST_SEED", random.randrange(2**32))) if FULL else 7
    with capsys.disabled():
        print(f"\nseed {number}")  # noqa: T201 - a failure is repeated by it
    return random.Random(number)


@pytest.fixture(scope="module")
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, built_model: Path
) -> Settings:
    folder = tmp_path_factory.mktemp("filled")
    settings = make_settings(
        folder / "data",
        worker_processes=0,
        backup_dir=folder / "backups",
        **own_database(request),
    )
    give_model(built_model, settings.data_dir)
    with open_house(settings) as house, working(settings), house.sign_in("ann") as ann:
        made = ann.post("/api/v1/collections", json={"name": "Papers"}).json()["id"]
        for number in range(4):
            words = f"Paper {number} is about the harbour, its master and the tides of May. "
            data = (words * 3).encode() + random.Random(number).randbytes(300_000).hex().encode()
            sent = upload(ann, made, f"paper-{number}.txt", data).json()
            assert until_searchable(ann, sent["document"]["id"])["searchable"]
    return settings


class Command:
    """The real command in a process of its own."""

    def __init__(self, settings: Settings, *arguments: str) -> None:
        variables = environment(settings.data_dir, **_given(settings))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "on_prem_rag.cli.main", *arguments],
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait(self) -> str:
        said = self.process.communicate()[0]
        assert self.process.returncode == 0, said
        return said

    def kill_after(self, seconds: float) -> bool:
        """Kill it then; whether it had not ended by itself."""
        time.sleep(seconds)
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()
        return self.process.returncode == -signal.SIGKILL


def _given(settings: Settings) -> dict[str, object]:
    url = settings.database_url
    given: dict[str, object] = {"backup_dir": settings.backup_dir, "enable_metrics": "false"}
    if url is not None:
        given["database_url"] = url.get_secret_value()
    return given


def timed(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def start_of_work(settings: Settings) -> float:
    """How long a command takes before it does anything: nobody learns from kills before."""
    return 0.6 * timed(Command(settings, "backup", "list").wait)


def test_a_backup_that_is_killed_publishes_nothing_that_is_not_whole(
    filled: Settings, tmp_path: Path, chosen: random.Random
) -> None:
    settings = filled.model_copy(update={"backup_dir": tmp_path / "backups"})
    repository = Repository(settings.backup_dir)
    whole = timed(Command(settings, "backup", "create").wait)
    first = {path: path.read_bytes() for path in repository.root.rglob("*") if path.is_file()}
    early, killed = start_of_work(settings), 0
    for round_ in range(KILLED_BACKUPS):
        # Into an empty repository, where there is much to copy, and into one with a snapshot.
        fresh = filled.model_copy(update={"backup_dir": tmp_path / str(round_)})
        into = fresh if round_ % 2 else settings
        killed += Command(into, "backup", "create").kill_after(chosen.uniform(early, whole))
        require_whole(Repository(into.backup_dir))
        Command(into, "backup", "create").wait()
        require_whole(Repository(into.backup_dir))
        assert not list(into.backup_dir.rglob("*.partial"))
        assert not list(settings.run_dir.glob(".backup-*"))
    assert killed > KILLED_BACKUPS / 3
    # What is told of a snapshot also says when it was verified.
    same = {path: data for path, data in first.items() if path.suffix != ".json"}
    assert all(path.read_bytes() == data for path, data in same.items())


def require_whole(repository: Repository) -> None:
    """Every snapshot that is listed is as it was written."""
    if (repository.root / "repository.json").exists():
        for snapshot in repository.list_snapshots():
            verify(repository, snapshot.name, Identities(), lambda *_: None)


def test_a_restore_that_is_killed_leaves_the_old_data_or_the_new(
    filled: Settings, tmp_path: Path, chosen: random.Random
) -> None:
    settings = copy_of(filled, tmp_path)
    Backups(settings).create()
    new = holdings(settings)
    with open_house(settings) as house, house.sign_in("ann") as ann:
        kept = ann.get("/api/v1/documents").json()["items"][0]["id"]
        assert ann.delete(f"/api/v1/documents/{kept}").status_code == 200
    old = holdings(settings)
    again = ("restore", "--yes", "--resurrect")
    whole, early = 0.0, start_of_work(settings)
    seen = {"old": 0, "new": 0}
    for round_ in range(KILLED_RESTORES + 1):
        if round_ == 0:
            whole = timed(Command(settings, *again).wait)
        else:
            Command(settings, *again).kill_after(chosen.uniform(early, 1.1 * whole))
        swap_of(settings).finish()  # as whatever opens the data next does first
        held = holdings(settings)
        [kind] = [name for name, state in (("old", old), ("new", new)) if state == held]
        seen[kind] += 1
        if kind == "new":
            swap_of(settings).undo()
            assert holdings(settings) == old
    assert seen["old"], "some were killed before they took effect"
    Command(settings, *again).wait()
    assert holdings(settings) == new
    left = {path.name for path in (settings.data_dir / "restore").iterdir()}
    assert left <= {"lock", "previous"}


@dataclass
class Journal:
    """What people tried and were told, with the time at which they were."""

    lock: Lock = field(default_factory=Lock)
    tried: dict[str, float] = field(default_factory=dict)
    kept: dict[str, float] = field(default_factory=dict)
    deleting: dict[str, float] = field(default_factory=dict)

    def note(self, where: dict[str, float], name: str) -> None:
        with self.lock:
            where[name] = time.time()

    def forget(self, name: str) -> None:
        """Nobody was told how this ended: it may be there or not."""
        with self.lock:
            del self.kept[name], self.deleting[name]


def work(house: House, person: int, journal: Journal, stopping: Event) -> None:
    """Upload and delete until told to stop."""
    chosen = random.Random(person)
    with house.sign_in(f"person{person}") as client:
        made = client.post("/api/v1/collections", json={"name": f"Of {person}"}).json()["id"]
        mine: list[tuple[str, str]] = []
        number = 0
        while not stopping.is_set():
            if mine and chosen.random() < 0.3:
                name, document = mine.pop(chosen.randrange(len(mine)))
                journal.note(journal.deleting, name)
                if client.delete(f"/api/v1/documents/{document}").status_code != 200:
                    journal.forget(name)
            else:
                number += 1
                name = f"{person}-{number}.txt"
                journal.note(journal.tried, name)
                sent = _upload(client, made, name)
                if sent.status_code == 202:
                    journal.note(journal.kept, name)
                    mine.append((name, sent.json()["document"]["id"]))
            time.sleep(chosen.random() / 50)


def _upload(client: httpx.Client, collection_id: str, name: str) -> httpx.Response:
    sent = upload(
        client,
        collection_id,
        name,
        f"The harbour master wrote this paper about tides, {name}. ".encode() * 50,
    )
    # On a busy machine a request may take too long; then nothing was promised.
    assert sent.status_code in (202, 504), sent.text
    return sent


@pytest.fixture
def busy(filled: Settings, tmp_path: Path) -> Iterator[tuple[Settings, Journal]]:
    settings, journal, stopping = copy_of(filled, tmp_path), Journal(), Event()
    with open_house(settings) as house, working(settings):
        people = [
            Thread(target=work, args=(house, person, journal, stopping)) for person in range(PEOPLE)
        ]
        for person in people:
            person.start()
        try:
            yield settings, journal
        finally:
            stopping.set()
            for person in people:
                person.join()


def test_snapshots_under_load_hold_all_that_was_acknowledged_before_them(
    busy: tuple[Settings, Journal], tmp_path: Path
) -> None:
    settings, journal = busy
    for round_ in range(BACKUPS):
        time.sleep(0.5)
        before = time.time()
        snapshot = Backups(settings).create()
        after = time.time()
        assert snapshot.lost == 0
        fresh = empty_beside(settings, tmp_path / str(round_))
        wanted = Wanted(Repository(settings.backup_dir), snapshot.name, Identities(), True)
        restore(fresh, wanted)
        held = names(fresh)
        with journal.lock:
            must = {
                name
                for name, told in journal.kept.items()
                if told < before and journal.deleting.get(name, after + 1) > after
            }
            may = set(journal.tried) - {n for n, told in journal.deleting.items() if told < before}
        assert must <= held, sorted(must - held)
        assert len(held - may) <= PEOPLE, "only what was under way may differ"
        hashes = originals_of(fresh)
        assert all(name == digest for name, digest in hashes.items())
        assert set(hashes) == named_originals(fresh), "no orphan and none missing"


def names(settings: Settings) -> set[str]:
    rows = holdings(settings)["documents"]
    assert isinstance(rows, list)
    return {row.split("'")[5] for row in rows} - {f"paper-{n}.txt" for n in range(4)}


def named_originals(settings: Settings) -> set[str]:
    from sqlalchemy import select

    from on_prem_rag.bootstrap.parts import open_database
    from on_prem_rag.documents.models import DocumentVersion

    database = open_database(settings)
    with database.read() as session:
        found = set(session.scalars(select(DocumentVersion.sha256)))
    database.close()
    return found
