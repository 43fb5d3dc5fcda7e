"""Snapshots that were damaged or forged are refused with their reason, and nothing is touched.

``RAG_TEST_FULL=1`` damages 500, from a random seed that is printed (``RAG_TEST_SEED`` repeats it).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import shutil
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyrage
import pytest
import zstandard
from tests.api.house import make_settings, open_house, until_searchable, upload, working
from tests.databases import own_database
from tests.restored import empty_beside, fingerprint
from tests.server_process import give_model

from on_prem_rag.backup.repository import Repository, Snapshot
from on_prem_rag.backup.seal import Identities
from on_prem_rag.bootstrap.backups import Backups
from on_prem_rag.bootstrap.restoring import Wanted, restore
from on_prem_rag.cli.exit_codes import exit_code_of
from on_prem_rag.config import Settings
from on_prem_rag.errors import AppError

FULL = os.environ.get("RAG_TEST_FULL") == "1"
RANDOM_DAMAGES = 480 if FULL else 24
BROKEN, FOREIGN, TOO_NEW, NO_KEY, GONE = 9, 10, 11, 12, 3


@dataclass
class Target:
    """A live appliance, and the repository whose snapshot somebody wants to restore over it."""

    settings: Settings
    repository: Repository
    name: str
    keys: Identities


@pytest.fixture(scope="module")
def plain(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, built_model: Path
) -> Target:
    """An appliance with a snapshot."""
    folder = tmp_path_factory.mktemp("plain")
    settings = make_settings(
        folder / "data",
        worker_processes=0,
        backup_dir=folder / "backups",
        **own_database(request),
    )
    give_model(built_model, settings.data_dir)
    with open_house(settings) as house, working(settings), house.sign_in("ann") as ann:
        made = ann.post("/api/v1/collections", json={"name": "Papers"}).json()["id"]
        for number in range(3):
            data = f"Paper {number} is about the harbour, its master and the tides of May.".encode()
            sent = upload(ann, made, f"paper-{number}.txt", data).json()
            assert until_searchable(ann, sent["document"]["id"])["searchable"]
    snapshot = Backups(settings).create()
    return Target(settings, Repository(settings.backup_dir), snapshot.name, Identities())


@pytest.fixture(scope="module")
def sealed(plain: Target, tmp_path_factory: pytest.TempPathFactory) -> Target:
    """The same with a snapshot that is encrypted."""
    key = pyrage.x25519.Identity.generate()
    changes = {
        "backup_dir": tmp_path_factory.mktemp("sealed") / "backups",
        "backup_recipients": (str(key.to_public()),),
    }
    settings = Settings(**{**plain.settings.model_dump(), **changes})
    snapshot = Backups(settings).create()
    repository = Repository(settings.backup_dir)
    return Target(settings, repository, snapshot.name, Identities([str(key)]))


@pytest.fixture(params=["plain", "sealed"])
def target(request: pytest.FixtureRequest) -> Target:
    found: Target = request.getfixturevalue(request.param)
    return found


def damaged_copy(target: Target, place: Path) -> Target:
    """The same with a repository of its own, to damage."""
    shutil.copytree(target.repository.root, place)
    return Target(target.settings, Repository(place), target.name, target.keys)


def refused(target: Target) -> int:
    """The exit code with which a restore is refused; the appliance must be as it was."""
    before = fingerprint(target.settings)
    with pytest.raises(AppError) as caught:
        restore(target.settings, Wanted(target.repository, target.name, target.keys))
    assert fingerprint(target.settings) == before, caught.value
    left = target.settings.data_dir / "restore"
    assert {path.name for path in left.iterdir()} <= {"lock"}
    return exit_code_of(caught.value)


def test_the_control_restores(target: Target, tmp_path: Path) -> None:
    fresh = empty_beside(target.settings, tmp_path)
    report = restore(fresh, Wanted(target.repository, target.name, target.keys))
    assert (report.documents, report.questions) == (3, 3)


@pytest.mark.slow
@pytest.mark.timeout(3600 if FULL else 300)
def test_flipped_bits_and_lost_ends_are_seen(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = int(os.environ.get("RAG_TEST_SEED", random.randrange(2**32))) if FULL else 1
    with capsys.disabled():
        print(f"\nseed {number}")  # noqa: T201 - a failure is repeated by it
    chosen = random.Random(number)
    for round_ in range(RANDOM_DAMAGES):
        damaged = damaged_copy(target, tmp_path / str(round_))
        repository = damaged.repository
        files = [repository.archive(target.name), repository.snapshots / f"{target.name}.json"]
        files += list(repository.objects.iterdir())
        what = damage(chosen, chosen.choice(files))
        if not harmless(repository, target):
            assert refused(damaged) in (BROKEN, FOREIGN, TOO_NEW, NO_KEY, GONE), what
        shutil.rmtree(repository.root)


def harmless(repository: Repository, target: Target) -> bool:
    """Whether only what is told beside the archive changed, in words no restore needs."""
    try:
        told, right = repository.get(target.name), target.repository.get(target.name)
    except AppError:
        return False
    same = told.model_copy(update={"sha256": right.sha256}).sha256 == told.sha256
    untouched = all(
        path.read_bytes()
        == (target.repository.root / path.relative_to(repository.root)).read_bytes()
        for path in repository.root.rglob("*")
        if path.is_file() and path.suffix != ".json"
    )
    return same and untouched


def damage(chosen: random.Random, path: Path) -> str:
    data = bytearray(path.read_bytes())
    kind = chosen.choice(["flip", "cut", "empty", "remove", "append", "zeros"])
    at = chosen.randrange(len(data))
    if kind == "flip":
        data[at] ^= 1 << chosen.randrange(8)
    elif kind == "cut":
        del data[at:]
    elif kind == "empty":
        data.clear()
    elif kind == "append":
        data += chosen.randbytes(1 + chosen.randrange(600))
    elif kind == "zeros":
        data[at : at + 64] = bytes(len(data[at : at + 64]) or 1) + b"x"
    path.chmod(0o600)
    path.write_bytes(data)
    if kind == "remove":
        path.unlink()
    return f"{kind} at {at} of {path.name}"


Members = list[tuple[tarfile.TarInfo, bytes]]


def entry(name: str, data: bytes = b"", **changes: object) -> tuple[tarfile.TarInfo, bytes]:
    made = tarfile.TarInfo(name)
    made.size = len(data)
    for field, value in changes.items():
        setattr(made, field, value)
    return made, data


def edited(given: Members, **changes: object) -> Members:
    """The manifest with other contents, and its own hash made to fit."""
    told = json.loads(given[0][1]) | changes
    content = {key: value for key, value in told.items() if key != "sha256"}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    told["sha256"] = hashlib.sha256(canonical.encode()).hexdigest()
    body = json.dumps(told).encode()
    return [entry("manifest.json", body), *given[1:]]


def forged_row_count(members: Members) -> Members:
    rows = json.loads(members[0][1])["rows"]
    return edited(members, rows={**rows, "users": rows["users"] + 1})


def other_database(members: Members) -> Members:
    """Another database in the place of the right one, with its hash in the manifest."""
    listed = json.loads(members[0][1])["members"]
    changed = []
    for made, data in members[1:]:
        new = b"SQLite format 3\0" + b"x" * 5000 if made.name == "database.sqlite3" else data
        changed.append(entry(made.name, new))
    for told in listed:
        data = {made.name: data for made, data in changed}[told["path"]]
        told |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return edited([members[0], *changed], members=listed)


FORGERIES: dict[str, tuple[Callable[[Members], Members], int]] = {
    "a member removed": (lambda members: members[:-1], BROKEN),
    "a member twice": (lambda members: [*members, members[-1]], BROKEN),
    "a member more": (lambda members: [*members, entry("secrets.json", b"{}")], BROKEN),
    "members in another order": (lambda m: [m[0], *m[1:][::-1]], BROKEN),
    "no manifest": (lambda members: members[1:], BROKEN),
    "the manifest last": (lambda members: [*members[1:], members[0]], BROKEN),
    "traversal": (lambda m: [*m[:-1], entry("../../rag.db", m[-1][1])], BROKEN),
    "an absolute path": (lambda m: [*m[:-1], entry("/tmp/rag.db", m[-1][1])], BROKEN),
    "a symbolic link": (
        lambda m: [
            *m[:-1],
            entry("database.sqlite3", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        ],
        BROKEN,
    ),
    "a hard link": (
        lambda m: [
            *m[:-1],
            entry("database.sqlite3", type=tarfile.LNKTYPE, linkname="settings.json"),
        ],
        BROKEN,
    ),
    "a device": (
        lambda m: [
            *m[:-1],
            entry("database.sqlite3", type=tarfile.CHRTYPE, devmajor=1, devminor=5),
        ],
        BROKEN,
    ),
    "a folder": (lambda m: [*m[:-1], entry("database.sqlite3", type=tarfile.DIRTYPE)], BROKEN),
    "other bytes": (lambda m: [*m[:-1], entry(m[-1][0].name, m[-1][1][:-1] + b"x")], BROKEN),
    "a manifest changed": (
        lambda m: [entry("manifest.json", m[0][1].replace(b'"sqlite"', b'"sqlite" ')), *m[1:-1]],
        BROKEN,
    ),
    "another table's size": (forged_row_count, BROKEN),
    "no database of ours": (other_database, BROKEN),
    "another snapshot's manifest": (lambda m: edited(m, name="20200101_000000"), BROKEN),
    "an unknown schema": (lambda m: edited(m, schema_revision="9999"), TOO_NEW),
    "a newer format": (lambda m: edited(m, format=99), TOO_NEW),
    "another application": (lambda m: edited(m, application="another"), FOREIGN),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_archive_is_refused_also_where_its_hash_was_made_to_fit(
    plain: Target, tmp_path: Path, forgery: str
) -> None:
    forge, code = FORGERIES[forgery]
    copy = damaged_copy(plain, tmp_path / "forged")
    archive = copy.repository.archive(copy.name)
    members = list(read(archive))
    write(archive, forge(members))
    snapshot = copy.repository.get(copy.name)
    changed = {"sha256": hashlib.sha256(archive.read_bytes()).hexdigest()}
    copy.repository.put(Snapshot(**{**snapshot.model_dump(), **changed}))
    assert refused(copy) == code


def read(archive: Path) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    plain = zstandard.ZstdDecompressor().stream_reader(archive.read_bytes()).read()
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        for made in tar:
            file = tar.extractfile(made)
            yield made, file.read() if file is not None else b""


def write(archive: Path, members: Members) -> None:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for made, data in members:
            tar.addfile(made, io.BytesIO(data))
    archive.write_bytes(zstandard.ZstdCompressor().compress(plain.getvalue()))


def test_a_key_that_does_not_fit_is_told_from_damage(sealed: Target) -> None:
    stranger = Identities([str(pyrage.x25519.Identity.generate())])
    for keys in (stranger, Identities()):
        assert refused(Target(sealed.settings, sealed.repository, sealed.name, keys)) == NO_KEY


def test_what_is_no_repository_is_foreign(plain: Target, tmp_path: Path) -> None:
    copy = damaged_copy(plain, tmp_path / "copy")
    empty = Repository(tmp_path / "empty")
    empty.root.mkdir()
    assert refused(Target(copy.settings, empty, copy.name, copy.keys)) in (FOREIGN, GONE)
    (copy.repository.root / "repository.json").write_text('{"format": 99, "id": "x"}')
    with pytest.raises(AppError):
        _ = copy.repository.id
