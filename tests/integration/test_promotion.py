"""From staging to production: what is exported arrives, once, and no secret with it."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.server_process import ServerProcess, running_server

PASSWORD = "quarrelsome obelisk lantern 9042"
ANNOUNCED = "the ferry is late"
LEASE = "# Lease\n\nThe boathouse is let until the third of May.\n"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("promotion")


@pytest.fixture(scope="module")
def staging(place: Path, built_model: Path) -> Iterator[ServerProcess]:
    """Has everything; ann and bob."""
    with running_server(place / "staging", built_model) as server:
        (place / "lease.md").write_text(LEASE)
        (place / "draft.md").write_text("# Draft\n\nNot for production.\n")
        people(server, "ann", "bob")
        notice = json.dumps({"text": ANNOUNCED})
        for command in (
            ["groups", "create", "legal"],
            ["groups", "add", "legal", "ann"],
            ["ingest", str(place / "lease.md"), "-c", "Leases"],
            ["ingest", str(place / "draft.md"), "-c", "Drafts"],
            ["collections", "create", "Mine", "--private"],
            ["collections", "grant", "Leases", "legal", "reader", "--group"],
            ["collections", "grant", "Leases", "everyone", "reader"],
            ["collections", "grant", "Leases", "ann", "contributor"],
            ["collections", "grant", "Leases", "bob", "manager"],
            ["limits", "set", "--group", "legal", "--queries-per-day", "77"],
            ["settings", "set", "num_predict", "333"],
            ["settings", "set", "announcement", notice],
        ):
            run(server, *command)
        yield server


@pytest.fixture(scope="module")
def production(place: Path, built_model: Path) -> Iterator[ServerProcess]:
    """Empty but for ann."""
    with running_server(place / "production", built_model) as server:
        people(server, "ann")
        yield server


@pytest.fixture(scope="module")
def exported(place: Path, staging: ServerProcess) -> Path:
    file = place / "promotion.tar"
    run(staging, "export", str(file), "-c", "Leases")
    return file


def run(server: ServerProcess, *arguments: str, code: int = 0) -> str:
    done = server.command(*arguments)
    assert done.returncode == code, (arguments, done.stdout, done.stderr)
    return done.stdout


def people(server: ServerProcess, *names: str) -> None:
    for name in names:
        done = server.command("users", "create", name, stdin=f"{PASSWORD}\n" * 2)
        assert done.returncode == 0, done.stderr


def state(server: ServerProcess) -> dict[str, Any]:
    """What an import may change."""
    with server.client() as client:
        collections = client.get("collections").json()["items"]
        return {
            "settings": client.get("admin/settings").json()["changed"],
            "groups": [each["name"] for each in client.get("groups").json()["items"]],
            "collections": {each["name"]: each["document_count"] for each in collections},
            "limits": client.get("limits").json()["items"],
        }


def test_no_secret_no_person_and_nothing_unasked_travels(exported: Path) -> None:
    assert exported.stat().st_mode & 0o077 == 0
    with tarfile.open(exported) as archive:
        members = {entry.name: archive.extractfile(entry) for entry in archive}
        texts = {name: file.read().decode() for name, file in members.items() if file}
    manifest = json.loads(texts.pop("manifest.json"))
    assert list(texts.values()) == [LEASE]
    assert set(manifest["settings"]) == {"num_predict"}
    assert [each["name"] for each in manifest["collections"]] == ["Drafts", "Leases"]
    whole = json.dumps(manifest)
    assert not [word for word in (PASSWORD, ANNOUNCED, "argon2", "Mine", '"id"') if word in whole]


def test_a_dry_run_says_what_would_change_and_changes_nothing(
    exported: Path, production: ServerProcess
) -> None:
    before = state(production)
    said = run(production, "import", str(exported), "--dry-run", code=5)
    assert "would create the group 'legal'" in said
    assert "would set num_predict to 333, now 1024" in said
    assert "would take 1 documents into 'Leases'" in said
    assert "left out: the right of 'bob' in 'Leases'" in said
    assert state(production) == before


def test_what_was_exported_arrives_and_a_second_time_changes_nothing(
    exported: Path, production: ServerProcess
) -> None:
    done = json.loads(run(production, "import", str(exported), "--json", code=5))
    assert done["applied"]
    assert len(done["left_out"]) == 1
    after = state(production)
    assert after["settings"] == ["num_predict"]
    assert after["groups"] == ["legal"]
    assert {name: after["collections"][name] for name in ("Drafts", "Leases")} == {
        "Drafts": 0,
        "Leases": 1,
    }
    assert after["limits"][0]["limits"]["queries_per_day"] == 77
    with production.client() as client:
        items = client.get("collections").json()["items"]
        (leases,) = [each["id"] for each in items if each["name"] == "Leases"]
        grants = client.get(f"collections/{leases}/grants").json()["items"]
    assert {(g["username"] or g["group"] or g["kind"], g["level"]) for g in grants} == {
        ("legal", "reader"),
        ("everyone", "reader"),
        ("ann", "contributor"),
    }
    assert "third of May" in run(production, "ask", "Until when is the boathouse let?")
    again = json.loads(run(production, "import", str(exported), "--json", code=5))
    assert again["changes"] == []
    assert state(production) == after


def test_into_where_it_came_from_nothing_differs(exported: Path, staging: ServerProcess) -> None:
    assert run(staging, "import", str(exported)) == "Nothing differs.\n"


def test_what_is_damaged_or_something_else_is_refused(
    exported: Path, production: ServerProcess, place: Path
) -> None:
    before = state(production)
    damaged = place / "damaged.tar"
    damaged.write_bytes(exported.read_bytes().replace(b"third of May", b"first of May"))
    other = place / "other.tar"
    other.write_text("no tar")
    for file, said in ((damaged, "is damaged"), (other, "is nothing that")):
        done = production.command("import", str(file))
        assert (done.returncode, said in done.stderr) == (1, True), done.stderr
    assert state(production) == before
