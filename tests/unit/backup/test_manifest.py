"""A manifest says what it was written to say, or is refused with the reason."""

import json
from datetime import UTC, datetime

import pytest

from on_prem_rag.backup.errors import SnapshotBroken, SnapshotForeign, SnapshotTooNew
from on_prem_rag.backup.manifest import (
    Manifest,
    Member,
    is_snapshot_name,
    snapshot_name,
    snapshot_time,
)
from on_prem_rag.errors import AppError

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def make_manifest(**changes: object) -> Manifest:
    values: dict[str, object] = {
        "application": "on-prem-rag",
        "format": 1,
        "version": "1.2",
        "repository": "r",
        "name": "20260304_050607",
        "created_at": NOW,
        "database": "sqlite",
        "schema_revision": "0001",
        "libraries": {},
        "embedding_models": [],
        "rows": {"users": 3},
        "last_change": 7,
        "audit_head": (4, "ab"),
        "objects": 1,
        "object_bytes": 2,
        "lost": [],
        "members": [
            Member.model_validate({"path": path, "size": 1, "sha256": "0" * 64})
            for path in ("objects.txt", "settings.json", "database.sqlite3")
        ],
        **changes,
    }
    return Manifest.model_validate(values).sealed()


def test_it_comes_back_as_it_was() -> None:
    manifest = make_manifest()
    assert Manifest.from_json(manifest.to_json()) == manifest
    assert manifest.member("objects.txt").size == 1
    with pytest.raises(SnapshotBroken):
        manifest.member("secrets.json")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"last_change": 8}, SnapshotBroken),
        ({"sha256": "0" * 64}, SnapshotBroken),
        ({"rows": {"users": 4}}, SnapshotBroken),
        ({"surplus": 1}, SnapshotBroken),
        ({"name": "../../x"}, SnapshotBroken),
        ({"members": []}, SnapshotBroken),
        ({"format": 2}, SnapshotTooNew),
        ({"application": "another"}, SnapshotForeign),
    ],
)
def test_what_was_edited_is_refused(change: dict[str, object], error: type[AppError]) -> None:
    told = json.loads(make_manifest().to_json()) | change
    with pytest.raises(error):
        Manifest.from_json(json.dumps(told).encode())


@pytest.mark.parametrize("members", ["twice", "disordered", "no database"])
def test_members_stand_once_and_in_order(members: str) -> None:
    whole = make_manifest().members
    wrong = {
        "twice": [whole[0], *whole],
        "disordered": whole[::-1],
        "no database": whole[:2],
    }[members]
    with pytest.raises(SnapshotBroken):
        Manifest.from_json(make_manifest(members=wrong).to_json())


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b"{}", b'"on-prem-rag"'])
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises((SnapshotBroken, SnapshotForeign)):
        Manifest.from_json(data)


def test_names_are_moments() -> None:
    assert snapshot_name(NOW) == "20260304_050607"
    assert snapshot_time("20260304_050607") == NOW
    for wrong in ("20260304_0506", "20261304_050607", "x20260304_050607", "20260304_050607.tar"):
        assert not is_snapshot_name(wrong)
