"""What was backed up comes back, from and into either database; what was deleted stays deleted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pyrage
import pytest
from tests.api.house import (
    OPERATOR_TOKEN,
    PASSWORD,
    House,
    events,
    make_pdf,
    make_settings,
    open_house,
    until_searchable,
    upload,
    working,
)
from tests.databases import own_database
from tests.restored import copy_of, empty_beside, fingerprint, holdings
from tests.server_process import give_model, wait_for

from on_prem_rag.backup.archive import silent
from on_prem_rag.backup.errors import BackupKeyMissing, BackupRunning, SnapshotNotFound
from on_prem_rag.backup.picking import Wish, pick
from on_prem_rag.backup.repository import Repository
from on_prem_rag.backup.seal import Identities
from on_prem_rag.backup.upkeep import copy_snapshot, export, unpacked, verify
from on_prem_rag.bootstrap.backups import Backups, identities
from on_prem_rag.bootstrap.parts import swap_of
from on_prem_rag.bootstrap.restoring import Restored, Wanted, restore
from on_prem_rag.config import Settings
from on_prem_rag.errors import (
    CollectionNotFound,
    ConfigurationError,
    DataDirectoryInUse,
    DocumentNotFound,
    InvalidInput,
    NotFound,
)

LEASE = "The notice period of the harbour warehouse lease is nine months."
WILL = "The lighthouse goes to the eldest daughter of the keeper."


@dataclass
class Filled:
    """An appliance at rest, with the ids of what is in it."""

    settings: Settings
    ids: dict[str, str]


@pytest.fixture(scope="module")
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, built_model: Path
) -> Filled:
    folder = tmp_path_factory.mktemp("made")
    settings = make_settings(folder / "data", worker_processes=0, **own_database(request))
    give_model(built_model, settings.data_dir)
    with open_house(settings) as house, working(settings):
        ids = fill(house)
    return Filled(settings, ids)


@pytest.fixture
def filled(made: Filled, tmp_path: Path) -> Filled:
    return Filled(copy_of(made.settings, tmp_path), made.ids)


def fill(house: House) -> dict[str, str]:
    with house.sign_in("ann") as ann, house.sign_in("bob") as bob, house.sign_in("root", "admin"):
        shared = ann.post("/api/v1/collections", json={"name": "Leases"}).json()["id"]
        other = ann.post("/api/v1/collections", json={"name": "Wills"}).json()["id"]
        ids = {"shared": shared, "other": other}
        for key, collection, name, data in (
            ("lease", shared, "lease.pdf", make_pdf("The office is in Kiel.", LEASE)),
            ("note", shared, "note.txt", b"A note that the caretaker of the harbour wrote in May."),
            ("will", other, "will.txt", WILL.encode()),
        ):
            ids[key] = upload(ann, collection, name, data).json()["document"]["id"]
            assert until_searchable(ann, ids[key])["searchable"]
        grants = ann.put(f"/api/v1/collections/{shared}/grants", json=granted("bob", "manager"))
        ids["grant"] = grants.json()["id"]
        talk = ann.post("/api/v1/conversations", json={}).json()["id"]
        asked = ann.post(
            f"/api/v1/conversations/{talk}/messages", json={"content": "How long is the notice?"}
        ).json()
        assert events(ann.get(asked["events_url"]))[-1][1] == "done"
        ids["talk"] = talk
        ids["bob"] = bob.get("/api/v1/auth/me").json()["id"]
    return ids


def granted(name: str, level: str) -> dict[str, str]:
    return {"principal": name, "level": level}


def backups(settings: Settings) -> Backups:
    return Backups(settings)


def bring_back(settings: Settings, name: str | None = None, **options: Any) -> Restored:
    repository = options.pop("repository", None) or Repository(settings.backup_dir)
    keys = options.pop("keys", None) or identities(settings, ())
    chosen = name or repository.newest().name
    return restore(settings, Wanted(repository, chosen, keys, **options))


@pytest.fixture
def running(filled: Filled) -> Iterator[House]:
    with open_house(filled.settings) as house:
        yield house


def test_an_empty_machine_gets_all_of_it_back(filled: Filled, tmp_path: Path) -> None:
    before = holdings(filled.settings)
    snapshot = backups(filled.settings).create()
    assert (snapshot.objects, snapshot.lost, snapshot.encrypted) == (3, 0, False)
    fresh = empty_beside(filled.settings, tmp_path)
    report = bring_back(fresh)
    assert (report.documents, report.originals, report.buried) == (3, 3, {})
    assert report.questions == 3
    assert "AUDIT_KEY" in report.warnings[0], "its key comes only with encrypted snapshots"
    assert holdings(fresh) == before
    with open_house(fresh) as house, house.sign_in("ann") as ann:
        found = ann.post("/api/v1/search", json={"query": "harbour warehouse notice"}).json()
        assert "nine months" in found["passages"][0]["text"]
        talk = ann.get(f"/api/v1/conversations/{filled.ids['talk']}/messages").json()["items"]
        assert talk[1]["content"]
        page = ann.get(f"/api/v1/documents/{filled.ids['lease']}/pages/2/image")
        assert page.headers["content-type"].startswith("image/")
        with house.client(OPERATOR_TOKEN) as operator:
            log = operator.get("/api/v1/audit", params={"limit": 5}).json()
    assert "restore" in {event["action"] for event in log["items"]}


def test_a_snapshot_of_one_database_restores_into_the_other(
    filled: Filled, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    before = holdings(filled.settings)
    backups(filled.settings).create()
    other: dict[str, Any] = {"data_dir": tmp_path / "other", "database_url": None}
    if filled.settings.database_url is None:
        from on_prem_rag.config import normalise_database_url

        admin = normalise_database_url(request.getfixturevalue("postgres_server"))
        temporary = Settings(**{**filled.settings.model_dump(), "database_url": admin})
        other["database_url"] = empty_beside(temporary, tmp_path).database_url
    target = Settings(**{**filled.settings.model_dump(), **other})
    bring_back(target)
    assert holdings(target) == before
    with open_house(target) as house, house.sign_in("ann") as ann:
        sent = upload(ann, filled.ids["shared"], "new.txt", b"Something new after the restore.")
        assert sent.status_code == 202, "sequences go on behind what was restored"


def test_everyone_is_signed_out_and_indexes_of_before_are_not_believed(filled: Filled) -> None:
    settings = filled.settings
    with open_house(settings) as house:
        pair = house.appliance.auth.login("ann", PASSWORD, address="test")
        snapshot = backups(settings).create()
        with working(settings), house.sign_in("ann") as ann:
            late = upload(ann, filled.ids["shared"], "late.txt", b"It came after the snapshot.")
            assert until_searchable(ann, late.json()["document"]["id"])["searchable"]
        index = settings.index_dir / "1"
        watermark = house.appliance.projector.watermark
    shutil.copytree(index, settings.data_dir / "of-before")
    bring_back(settings, snapshot.name)
    # As on a replica whose own index directory no restore touched.
    shutil.rmtree(index)
    (settings.data_dir / "of-before").rename(index)
    with open_house(settings) as house:
        wait_for(lambda: house.appliance.projector.lag == 0, "projected")
        assert house.appliance.projector.watermark < watermark
        for token in (pair.access_token, "x"):
            with house.client(token) as client:
                assert client.get("/api/v1/auth/me").status_code == 401
        with house.sign_in("ann") as ann:
            found = ann.post("/api/v1/search", json={"query": "came after the snapshot"}).json()
            assert "late.txt" not in {hit["document_name"] for hit in found["passages"]}


def test_what_was_deleted_and_revoked_since_stays_so(filled: Filled, tmp_path: Path) -> None:
    settings, ids = filled.settings, filled.ids
    with open_house(settings) as house:
        ann, bob, root = house.sign_in("ann"), house.sign_in("bob"), house.sign_in("root", "admin")
        with ann, bob, root:
            key = bob.post(
                "/api/v1/api-keys", json={"name": "k", "scopes": ["read"], "expires_in_days": 3}
            ).json()
            snapshot = backups(settings).create()
            assert ann.delete(f"/api/v1/documents/{ids['note']}").status_code == 200
            assert ann.delete(f"/api/v1/collections/{ids['other']}").status_code == 200
            assert ann.delete(f"/api/v1/conversations/{ids['talk']}").status_code == 200
            lowered = ann.put(
                f"/api/v1/collections/{ids['shared']}/grants", json=granted("bob", "reader")
            )
            assert lowered.json()["level"] == "reader"
            assert bob.delete(f"/api/v1/api-keys/{key['api_key']['id']}").status_code in (200, 204)
            house.appliance.auth.users.create("dora", role="member", password=PASSWORD)
            disabled = root.patch(f"/api/v1/users/{ids['bob']}", json={"disabled": True})
            assert disabled.status_code == 200
    report = bring_back(settings, snapshot.name)
    assert report.buried == {
        "document:delete": 1,
        "collection:delete": 1,
        "conversation:delete": 1,
        "grant:put": 1,
        "api_key:revoke": 1,
        "user:disable": 1,
    }
    assert (report.documents, report.originals) == (1, 1)
    with open_house(settings) as house, house.sign_in("ann") as ann:
        assert ann.get(f"/api/v1/documents/{ids['note']}").status_code == 404
        assert ann.get(f"/api/v1/conversations/{ids['talk']}").status_code == 404
        held = ann.get(f"/api/v1/collections/{ids['shared']}/grants").json()["items"]
        assert [grant["level"] for grant in held if grant["id"] == ids["grant"]] == ["reader"]
        assert house.appliance.auth.users.get(ids["bob"]).disabled
    # On purpose all of it comes back, and a later restore does not bury it again.
    report = bring_back(settings, snapshot.name, resurrect=True)
    assert (report.buried, report.documents) == ({}, 3)
    later = backups(settings).create()
    assert bring_back(settings, later.name).documents == 3
    assert bring_back(empty_beside(settings, tmp_path), later.name).documents == 3


def test_the_data_of_before_is_kept_until_told_otherwise(filled: Filled) -> None:
    settings = filled.settings
    backups(settings).create()
    with open_house(settings) as house, house.sign_in("ann") as ann:
        ann.delete(f"/api/v1/documents/{filled.ids['note']}")
    before = holdings(settings)
    bring_back(settings, resurrect=True)
    assert holdings(settings) != before
    swap_of(settings).undo()
    assert holdings(settings) == before
    swap_of(settings).forget()
    with pytest.raises(NotFound):
        swap_of(settings).undo()
    assert holdings(settings) == before


def test_a_server_that_runs_is_not_restored_over(filled: Filled) -> None:
    backups(filled.settings).create()
    with open_house(filled.settings):
        before = fingerprint(filled.settings)
        with pytest.raises(DataDirectoryInUse):
            bring_back(filled.settings)
        assert fingerprint(filled.settings) == before


def test_a_drill_proves_a_snapshot_and_leaves_nothing(filled: Filled) -> None:
    settings = filled.settings
    made = backups(settings)
    snapshot = made.create()
    assert snapshot.restored_at is None
    with open_house(settings):
        report = made.drill(None, ())
    assert (report.documents, report.questions) == (3, 3)
    assert made.repository.get(snapshot.name).restored_at is not None
    left = {path.name for path in (settings.data_dir / "restore").iterdir()}
    assert left <= {"lock"}


def test_an_encrypted_snapshot_opens_with_either_key_and_no_other(
    filled: Filled, tmp_path: Path
) -> None:
    customer, drills, stranger = (pyrage.x25519.Identity.generate() for _ in range(3))
    values = filled.settings.model_dump() | {
        "backup_recipients": (str(customer.to_public()),),
        "backup_drill_identity": str(drills),
    }
    settings = Settings(**values)
    snapshot = backups(settings).create()
    assert snapshot.encrypted
    stored = [path for path in settings.backup_dir.rglob("*") if path.is_file()]
    assert not any(WILL.encode() in path.read_bytes() for path in stored)
    assert backups(settings).drill(None, ()).documents == 3
    fresh = empty_beside(filled.settings, tmp_path)
    repository = Repository(settings.backup_dir)
    for keys in (Identities(), Identities([str(stranger)])):
        with pytest.raises(BackupKeyMissing):
            bring_back(fresh, repository=repository, keys=keys)
    assert verify(repository, snapshot.name, Identities(), lambda *_: None) is None
    report = bring_back(fresh, repository=repository, keys=Identities([str(customer)]))
    assert report.documents == 3
    # The keys that sign and hash came along, so the log goes on as one.
    for name in ("jwt-secret", "audit-key"):
        assert (fresh.run_dir / name).read_text() == (settings.run_dir / name).read_text()
    with open_house(fresh) as house, house.client(OPERATOR_TOKEN) as operator:
        assert operator.post("/api/v1/audit/verify", json={}).json()["intact"]
    with pytest.raises(ConfigurationError):
        backups(filled.settings).create()  # into the same place, but open to all


def test_without_a_key_for_drills_the_server_cannot_open_its_own(filled: Filled) -> None:
    customer = pyrage.x25519.Identity.generate()
    values = filled.settings.model_dump() | {"backup_recipients": (str(customer.to_public()),)}
    settings = Settings(**values)
    made = backups(settings)
    snapshot = made.create()
    with pytest.raises(BackupKeyMissing):
        made.drill(None, ())
    assert made.repository.get(snapshot.name).restored_at is None
    key = settings.data_dir.parent / "customer.key"
    key.write_text(f"# created today\n{customer}\n")
    assert made.drill(None, [key]).documents == 3
    assert made.repository.get(snapshot.name).restored_at is not None


def test_an_unchanged_second_snapshot_adds_only_the_database(filled: Filled) -> None:
    made = backups(filled.settings)
    first, second = made.create(), wait_for(made.create, "a second snapshot")
    assert first.new_bytes > second.new_bytes
    assert second.new_bytes == second.size
    assert len(list(made.repository.objects.iterdir())) == 3
    made.remove(first.name)
    assert made.prune().objects == 0
    made.remove(second.name)
    assert made.prune().objects == 3
    with pytest.raises(SnapshotNotFound):
        made.repository.newest()


def test_a_lost_original_is_told_and_does_not_spoil_the_rest(
    filled: Filled, tmp_path: Path
) -> None:
    settings = filled.settings
    victim = next(path for path in settings.originals_dir.iterdir() if path.name[0] != ".")
    victim.unlink()
    snapshot = backups(settings).create()
    assert (snapshot.lost, snapshot.objects) == (1, 2)
    report = bring_back(empty_beside(settings, tmp_path))
    assert (report.documents, report.originals) == (3, 2)
    assert any("lost" in warning for warning in report.warnings)


def test_an_exported_tar_restores_by_itself(filled: Filled, tmp_path: Path) -> None:
    backups(filled.settings).create()
    before = holdings(filled.settings)
    repository = Repository(filled.settings.backup_dir)
    name, tar = repository.newest().name, tmp_path / "carried.tar"
    export(repository, name, tar)
    assert tar.stat().st_mode & 0o777 == 0o600
    shutil.rmtree(filled.settings.backup_dir)
    fresh = empty_beside(filled.settings, tmp_path)
    place = tmp_path / "place"
    place.mkdir()
    with unpacked(tar, place) as carried:
        bring_back(fresh, repository=carried)
    assert holdings(fresh) == before
    assert list(place.iterdir()) == []


def test_a_copy_at_a_second_place_is_as_good(filled: Filled, tmp_path: Path) -> None:
    second = Repository(tmp_path / "second")
    made = backups(filled.settings)
    snapshot = made.create(copy_to=second.root)
    verify(second, snapshot.name, Identities(), lambda *_: None)
    bring_back(empty_beside(filled.settings, tmp_path), repository=second)
    another = Repository(tmp_path / "another")
    another.create(encrypted=False)
    with pytest.raises(Exception, match="another repository"):
        copy_snapshot(made.repository, snapshot.name, another, lambda *_: None)


def test_only_one_writes_to_a_repository(filled: Filled) -> None:
    made = backups(filled.settings)
    made.create()
    with made.repository.lock():
        for act in (made.create, made.prune):
            with pytest.raises(BackupRunning):
                act()
    made.prune()


def test_the_repository_must_lie_outside_the_data(filled: Filled) -> None:
    inside = filled.settings.data_dir / "backups"
    settings = filled.settings.model_copy(update={"backup_dir": inside})
    with pytest.raises(InvalidInput):
        backups(settings).create()
    assert not inside.exists()


def test_files_are_for_their_owner_alone(filled: Filled) -> None:
    backups(filled.settings).create()
    for path in filled.settings.backup_dir.rglob("*"):
        mode = path.stat().st_mode & 0o777
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_the_secrets_go_into_no_snapshot_that_is_not_encrypted(filled: Filled) -> None:
    backups(filled.settings).create()
    secrets = [(filled.settings.run_dir / n).read_bytes() for n in ("jwt-secret", "audit-key")]
    place = filled.settings.data_dir.parent / "opened"
    place.mkdir()
    repository = Repository(filled.settings.backup_dir)
    name = repository.newest().name
    from on_prem_rag.backup.archive import read_archive

    read_archive(repository.archive(name), repository.get(name).sha256, Identities(), place)
    assert "secrets.json" not in {path.name for path in place.iterdir()}
    told = json.loads((place / "settings.json").read_text())
    assert told["max_pages"] == 50
    for path in place.iterdir():
        assert not any(secret in path.read_bytes() for secret in secrets)


def test_metrics_and_the_log_tell_of_backups(filled: Filled) -> None:
    made = backups(filled.settings)
    with open_house(filled.settings) as house, house.client() as anyone:
        assert reading(anyone, "backup_last_success_timestamp_seconds") == "NaN"
        snapshot = made.create()
        made.drill(None, ())
        taken = float(reading(anyone, "backup_last_success_timestamp_seconds"))
        assert taken == pytest.approx(snapshot.created_at.timestamp(), abs=1)
        assert float(reading(anyone, "restore_last_verified_timestamp_seconds")) > taken
        assert float(reading(anyone, "backup_last_size_bytes")) == snapshot.size
        with house.sign_in("root", "admin") as root:
            told = root.get("/api/v1/admin/overview").json()["backup"]
        assert (told["snapshots"], told["last_size"]) == (1, snapshot.size)
        assert told["last_verified_restore_at"] > told["last_at"]
        with house.client(OPERATOR_TOKEN) as operator:
            log = operator.get("/api/v1/audit", params={"event": "backup"}).json()["items"]
        assert [event["action"] for event in log] == ["verify", "create"]
        assert {event["target_id"] for event in log} == {snapshot.name}


def reading(client: httpx.Client, metric: str) -> str:
    lines = client.get("/metrics").text.splitlines()
    return next(line.split()[1] for line in lines if line.startswith(f"{metric} "))


def test_one_collection_or_one_document_comes_back(filled: Filled, tmp_path: Path) -> None:
    snapshot = backups(filled.settings).create()
    repository = Repository(filled.settings.backup_dir)

    def picked(place: str, **wish: str) -> dict[str, bytes]:
        folder = tmp_path / place
        folder.mkdir()
        found = pick(repository, snapshot.name, Identities(), Wish(**wish), folder, silent)
        return {each.name: each.path.read_bytes() for each in found}

    both = picked("a", collection="Leases")
    assert set(both) == {"lease.pdf", "note.txt"}
    assert both == picked("b", collection=filled.ids["shared"])
    assert picked("c", document="will.txt") == {"will.txt": WILL.encode()}
    assert picked("d", document=filled.ids["note"]) == {"note.txt": both["note.txt"]}
    with pytest.raises(CollectionNotFound):
        picked("e", collection="Nowhere")
    with pytest.raises(DocumentNotFound):
        picked("f", document="nothing.txt")
    with pytest.raises(InvalidInput, match="Several"):
        picked("g", collection="Private")
