"""What people do is in the audit log, which only auditors and the operator read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from tests.api.house import PASSWORD, House, make_settings, open_house, upload

from on_prem_rag.audit.events import Event

AUDIT = "/api/v1/audit"
QUESTION = "When does the incredibly secret zanzibar lease end?"
WRONG = "a wrong password that nobody may read"


def latest(client: httpx.Client, event: str, **filters: Any) -> dict[str, Any]:
    items = client.get(AUDIT, params={"event": event, **filters}).json()["items"]
    assert items, event
    found: dict[str, Any] = items[0]
    return found


@pytest.fixture(scope="session")
def anns(house: House, ann: httpx.Client) -> str:
    """Ann's id."""
    found: str = ann.get("/api/v1/auth/me").json()["id"]
    return found


def test_a_collections_life_is_recorded(
    ann: httpx.Client, bob: httpx.Client, auditor: httpx.Client, anns: str
) -> None:
    headers = {"X-Request-ID": "the-request-of-this-test"}
    made = ann.post("/api/v1/collections", json={"name": "Audited"}, headers=headers).json()
    place = f"/api/v1/collections/{made['id']}"
    created = latest(auditor, "collection:create", target=made["id"])
    assert (created["actor_id"], created["actor_name"]) == (anns, "ann")
    assert created["request_id"] == "the-request-of-this-test"
    assert created["address"] == "127.0.0.1"
    assert created["outcome"] == "success"

    grant = ann.put(f"{place}/grants", json={"principal": "bob", "level": "reader"}).json()
    put = latest(auditor, "grant:put", target=made["id"])
    assert put["details"]["level"] == "reader"
    ann.delete(f"{place}/grants/{grant['id']}")
    assert latest(auditor, "grant:delete")["details"]["grant_id"] == grant["id"]

    sent = upload(ann, made["id"], "a.txt", b"Something.").json()
    document_id = sent["document"]["id"]
    assert latest(auditor, "document:upload")["target_id"] == document_id
    assert ann.get(f"/api/v1/documents/{document_id}/original").status_code == 200
    assert latest(auditor, "document:download")["target_id"] == document_id
    ann.post(f"/api/v1/jobs/{sent['job_id']}/cancel")
    assert latest(auditor, "job:cancel")["target_id"] == sent["job_id"]
    ann.delete(f"/api/v1/documents/{document_id}")
    assert latest(auditor, "document:delete")["target_id"] == document_id
    ann.delete(place)
    assert latest(auditor, "collection:delete")["target_id"] == made["id"]


def test_what_a_program_did_names_its_key(
    house: House, ann: httpx.Client, auditor: httpx.Client, anns: str
) -> None:
    made = ann.post("/api/v1/collections", json={"name": "By a program"}).json()
    view, text = house.appliance.auth.keys.create(anns, "scanner", ["write"])
    with house.client(text) as program:
        sent = upload(program, made["id"], "p.txt", b"By a program.").json()
    by_key = latest(auditor, "document:upload", target=sent["document"]["id"])
    assert (by_key["actor_id"], by_key["details"]["api_key_id"]) == (anns, view.key.id)
    upload(ann, made["id"], "p.txt", b"By a person.")
    by_hand = latest(auditor, "document:upload", target=sent["document"]["id"])
    assert "api_key_id" not in by_hand["details"]
    ann.delete(f"/api/v1/collections/{made['id']}")


def test_what_was_refused_is_not_recorded_as_done(
    bob: httpx.Client, auditor: httpx.Client, library: Any
) -> None:
    assert bob.get(f"/api/v1/documents/{library.document_id}/original").status_code == 404
    params = {"event": "document:download", "target": library.document_id, "actor": "bob"}
    assert auditor.get(AUDIT, params=params).json()["items"] == []


def test_people_and_sessions_are_recorded(
    house: House, admin: httpx.Client, auditor: httpx.Client, anyone: httpx.Client
) -> None:
    made = admin.post("/api/v1/users", json={"username": "carol", "password": PASSWORD}).json()
    user_id = made["user"]["id"]
    assert latest(auditor, "user:create", target=user_id)["actor_name"] == "root"
    given = {"username": "carol", "password": WRONG}
    assert anyone.post("/api/v1/auth/token", json=given).status_code == 401
    failed = latest(auditor, "session:login_failed")
    assert (failed["target_id"], failed["outcome"]) == (user_id, "failure")
    pair = anyone.post("/api/v1/auth/token", json=given | {"password": PASSWORD}).json()
    assert latest(auditor, "session:login")["actor_name"] == "carol"
    with house.client(pair["access_token"]) as carol:
        assert carol.post("/api/v1/auth/logout").status_code == 204
    assert latest(auditor, "session:logout")["actor_id"] == user_id
    for change, event in (
        ({"disabled": True}, "user:disable"),
        ({"disabled": False}, "user:enable"),
        ({"role": "auditor"}, "user:role"),
    ):
        admin.patch(f"/api/v1/users/{user_id}", json=change)
        assert latest(auditor, event)["target_id"] == user_id
    admin.post(f"/api/v1/users/{user_id}/reset-password")
    assert latest(auditor, "password:reset")["target_id"] == user_id


def test_a_question_is_recorded_with_the_passages_shown(
    ann: httpx.Client, auditor: httpx.Client, library: Any
) -> None:
    found = ann.post("/api/v1/search", json={"query": QUESTION}).json()["passages"]
    searched = latest(auditor, "question:search")
    shown = [chunk_id for passage in found for chunk_id in passage["chunk_ids"]]
    assert searched["details"]["chunk_ids"] == shown
    assert library.document_id in searched["details"]["document_ids"]
    answered = ann.post("/api/v1/query", json={"query": QUESTION}).json()
    asked = latest(auditor, "question:ask")
    assert asked["details"]["question_hash"] == searched["details"]["question_hash"]
    shown = [chunk_id for passage in answered["passages"] for chunk_id in passage["chunk_ids"]]
    assert set(shown) <= set(asked["details"]["chunk_ids"])
    assert (asked["actor_name"], asked["address"]) == ("ann", "127.0.0.1")
    assert asked["request_id"]

    made = ann.post("/api/v1/conversations", json={}).json()
    place = f"/api/v1/conversations/{made['id']}"
    sent = ann.post(f"{place}/messages", json={"content": QUESTION}).json()
    ann.get(sent["events_url"])
    again = latest(auditor, "question:ask")
    assert again["number"] > asked["number"]
    assert (again["actor_name"], again["address"]) == ("ann", "127.0.0.1")
    ann.delete(place)
    assert latest(auditor, "conversation:delete")["target_id"] == made["id"]


def test_nothing_secret_is_in_any_row(
    house: House, ann: httpx.Client, bob: httpx.Client, anyone: httpx.Client, library: Any
) -> None:
    for path, body in (("search", {"query": QUESTION}), ("query", {"query": QUESTION})):
        ann.post(f"/api/v1/{path}", json=body)
    for name in ("ann", WRONG):
        anyone.post("/api/v1/auth/token", json={"username": name, "password": WRONG})
    pair = anyone.post("/api/v1/auth/token", json={"username": "bob", "password": PASSWORD}).json()
    renewed = anyone.post("/api/v1/auth/refresh", json={"refresh_token": pair["refresh_token"]})
    with house.appliance.database.read() as session:
        rows = session.execute(text("SELECT * FROM audit_events")).all()
    everything = json.dumps([[str(value) for value in row] for row in rows]).casefold()
    secrets = [QUESTION, "zanzibar", WRONG, PASSWORD, *pair.values(), *renewed.json().values()]
    assert "question_hash" in everything
    for secret in secrets:
        if isinstance(secret, str) and secret.casefold() != "bearer":
            assert secret.casefold() not in everything


def test_pages_and_filters(ann: httpx.Client, auditor: httpx.Client) -> None:
    for _ in range(3):
        ann.post("/api/v1/search", json={"query": "lease"})
    first = auditor.get(AUDIT, params={"limit": 2, "actor": "ann"}).json()
    params = {"limit": 2, "actor": "ann", "before": first["next_before"]}
    second = auditor.get(AUDIT, params=params).json()
    numbers = [event["number"] for event in (*first["items"], *second["items"])]
    assert numbers == sorted(set(numbers), reverse=True)
    assert len(numbers) == 4
    everything = auditor.get(AUDIT, params={"limit": 1, "until": "1999-01-01T00:00:00Z"}).json()
    assert everything == {"items": [], "next_before": None}
    for bad in ({"since": "0001-01-01T00:00:00+14:00"}, {"limit": 0}, {"actor": "a\x00"}):
        assert auditor.get(AUDIT, params=bad).status_code == 422


def test_the_export_streams_both_forms(ann: httpx.Client, auditor: httpx.Client) -> None:
    ann.post("/api/v1/search", json={"query": "lease"})
    lines = auditor.get(f"{AUDIT}/export", params={"actor": "ann"})
    assert lines.headers["content-type"].startswith("application/x-ndjson")
    events = [json.loads(line) for line in lines.text.splitlines()]
    assert {event["actor_name"] for event in events} == {"ann"}
    table = auditor.get(f"{AUDIT}/export", params={"format": "csv", "actor": "ann"})
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["hash"] for row in rows] == [event["hash"] for event in events]
    assert latest(auditor, "audit:export")["details"]["format"] == "csv"


@pytest.fixture
def small(tmp_path: Any) -> Iterator[House]:
    """A house whose log may be tampered with."""
    with open_house(make_settings(tmp_path)) as house:
        yield house


def test_a_tampering_is_told(small: House) -> None:
    with small.sign_in("vera", "auditor") as auditor:
        head = auditor.get(f"{AUDIT}/head").json()
        assert auditor.post(f"{AUDIT}/verify", json={"anchor": head}).json()["intact"]
        assert auditor.post(f"{AUDIT}/verify").json()["anchor_checked"] is False
        with small.appliance.database.write() as session:
            session.execute(text("UPDATE audit_events SET outcome = 'failure' WHERE number = 2"))
        told = auditor.post(f"{AUDIT}/verify", json={"anchor": head}).json()
        assert not told["intact"]
        assert told["broken"] == {"number": 2, "kind": "changed"}
        assert latest(auditor, "audit:verify")["outcome"] == "failure"


def test_the_operator_drops_old_events(operator: httpx.Client) -> None:
    dropped = operator.post(f"{AUDIT}/retention", json={"older_than_days": 30})
    assert dropped.json() == {"dropped": 0}
    assert operator.post(f"{AUDIT}/verify").json()["intact"]


def test_every_event_is_named_once() -> None:
    assert len({event.value for event in Event}) == len(list(Event))


def test_api_keys_are_recorded_without_their_text(
    house: House, ann: httpx.Client, auditor: httpx.Client, anns: str
) -> None:
    made = ann.post("/api/v1/api-keys", json={"name": "Nightly", "scopes": ["read"]}).json()
    created = latest(auditor, "api_key:create")
    assert created["details"]["user_id"] == anns
    assert made["key"] not in json.dumps(created)
    ann.delete(f"/api/v1/api-keys/{made['api_key']['id']}")
    assert latest(auditor, "api_key:revoke")["target_id"] == created["target_id"]
