from __future__ import annotations

import hashlib
from pathlib import Path

import httpx
from sqlalchemy import select
from tests.api.house import PASSWORD, House, make_settings, open_house, upload

from on_prem_rag.access.models import Collection
from on_prem_rag.conversations.models import Conversation
from on_prem_rag.documents.changes import changes_after, last_change
from on_prem_rag.documents.models import Document


def test_an_admin_adds_lists_changes_and_resets(
    house: House, admin: httpx.Client, anyone: httpx.Client
) -> None:
    made = admin.post("/api/v1/users", json={"username": "gus"})
    assert made.status_code == 201
    user, one_time = made.json()["user"], made.json()["one_time_password"]
    assert user["created_at"].endswith("Z")
    assert "password" not in user
    listed = admin.get("/api/v1/users", params={"limit": 200}).json()
    assert user["id"] in {item["id"] for item in listed["items"]}
    assert listed["total"] >= 2

    login = {"username": "gus", "password": one_time}
    signed = anyone.post("/api/v1/auth/token", json=login).json()
    changed = admin.patch(f"/api/v1/users/{user['id']}", json={"disabled": True}).json()
    assert changed["disabled"]
    with house.client(signed["access_token"]) as gus:
        assert gus.get("/api/v1/auth/me").status_code == 401
    admin.patch(f"/api/v1/users/{user['id']}", json={"disabled": False})

    reset = admin.post(f"/api/v1/users/{user['id']}/reset-password").json()["one_time_password"]
    assert anyone.post("/api/v1/auth/token", json=login).status_code == 401
    assert anyone.post("/api/v1/auth/token", json={**login, "password": reset}).status_code == 200


def test_the_operator_administers_too(operator: httpx.Client) -> None:
    made = operator.post("/api/v1/users", json={"username": "hans", "password": PASSWORD})
    assert made.json()["one_time_password"] is None


def test_a_taken_name_and_a_bad_name(admin: httpx.Client) -> None:
    assert admin.post("/api/v1/users", json={"username": "ROOT"}).status_code == 409
    assert admin.post("/api/v1/users", json={"username": "a b"}).status_code == 422


def test_an_unknown_person_is_not_found(admin: httpx.Client) -> None:
    assert admin.get("/api/v1/users/nobody").json()["error"]["code"] == "user_not_found"


def test_a_change_of_role_holds_at_the_next_request(house: House, admin: httpx.Client) -> None:
    with house.sign_in("rita") as rita:
        me = rita.get("/api/v1/auth/me").json()["id"]
        admin.patch(f"/api/v1/users/{me}", json={"role": "auditor"})
        assert rita.get("/api/v1/auth/me").status_code == 401
    with house.sign_in("rita") as rita:
        assert rita.get("/api/v1/documents").status_code == 403
        admin.patch(f"/api/v1/users/{me}", json={"role": "member"})
    with house.sign_in("rita") as rita:
        assert rita.get("/api/v1/documents").status_code == 200


def private_of(client: httpx.Client) -> str:
    [found] = [c for c in client.get("/api/v1/collections").json()["items"] if c["private"]]
    assert (found["name"], found["level"], found["document_count"]) == ("Private", "manager", 0)
    return str(found["id"])


def test_everyone_has_a_private_collection_that_no_admin_reads(
    house: House, admin: httpx.Client, operator: httpx.Client
) -> None:
    with house.sign_in("petra") as petra:
        place = f"/api/v1/collections/{private_of(petra)}"
        sent = upload(petra, place.rsplit("/", 1)[1], "diary.txt", b"a secret of Petra's").json()
        for other in (admin, operator):
            assert other.get(place).status_code == 404
            assert other.get(f"/api/v1/documents/{sent['document']['id']}").status_code == 404
        body = {"principal": "everyone", "level": "reader"}
        assert petra.put(f"{place}/grants", json=body).status_code == 409


def test_whoever_deletes_their_last_private_collection_has_an_empty_one(house: House) -> None:
    with house.sign_in("nora") as nora:
        first = private_of(nora)
        upload(nora, first, "diary.txt", b"Nora's")
        receipt = nora.delete(f"/api/v1/collections/{first}").json()
        assert receipt["counts"]["documents"] == 1
        second = private_of(nora)
        assert second != first
        more = nora.post("/api/v1/collections", json={"name": "More", "private": True}).json()
        nora.delete(f"/api/v1/collections/{more['id']}")
        assert private_of(nora) == second


def test_deleting_a_person_takes_what_was_theirs_alone(
    house: House, admin: httpx.Client, ann: httpx.Client, anyone: httpx.Client
) -> None:
    with house.sign_in("quinn") as quinn:
        me = quinn.get("/api/v1/auth/me").json()["id"]
        private = private_of(quinn)
        secret = b"only Quinn ever wrote this"
        document = upload(quinn, private, "diary.txt", secret).json()["document"]["id"]
        quinn.post("/api/v1/conversations", json={"title": "Quinn's"})
        key = quinn.post("/api/v1/api-keys", json={"name": "q", "scopes": ["read"]}).json()["key"]
        made = ann.post("/api/v1/collections", json={"name": "With Quinn"}).json()["id"]
        grants = f"/api/v1/collections/{made}/grants"
        ann.put(grants, json={"principal": "quinn", "level": "reader"})
        original = house.appliance.originals.path(hashlib.sha256(secret).hexdigest())
        assert original.exists()
        with house.appliance.database.read() as session:
            before = last_change(session)

        assert admin.delete(f"/api/v1/users/{me}").status_code == 200
        assert quinn.get("/api/v1/auth/me").status_code == 401
    with house.client(key) as program:
        assert program.get("/api/v1/auth/me").status_code == 401
    login = {"username": "quinn", "password": PASSWORD}
    assert anyone.post("/api/v1/auth/token", json=login).status_code == 401
    assert admin.get(f"/api/v1/users/{me}").status_code == 404
    assert ann.get(grants).json()["items"] == []
    assert not original.exists()
    with house.appliance.database.read() as session:
        assert session.get(Collection, private) is None
        assert session.get(Document, document) is None
        owned = select(Conversation).where(Conversation.owner_id == me)
        assert session.scalars(owned).all() == []
        [change] = [c for c in changes_after(session, before, 100) if c.collection_id == private]
        assert change.kind == "drop"


def test_shared_collections_pass_to_an_heir(
    house: House, admin: httpx.Client, ann: httpx.Client
) -> None:
    with house.sign_in("otto") as otto:
        me = otto.get("/api/v1/auth/me").json()["id"]
        made = otto.post("/api/v1/collections", json={"name": "Otto's plans"}).json()["id"]
    user = f"/api/v1/users/{me}"
    kept = admin.delete(user)
    assert kept.status_code == 409
    assert "plans" not in kept.text, "an admin may not know its name"
    assert admin.delete(user, params={"heir_id": me}).status_code == 409
    assert admin.delete(user, params={"heir_id": "nobody"}).status_code == 404
    assert admin.get(user).status_code == 200
    heir = ann.get("/api/v1/auth/me").json()["id"]
    assert admin.delete(user, params={"heir_id": heir}).status_code == 200
    assert ann.get(f"/api/v1/collections/{made}").json()["level"] == "manager"


def test_the_last_admin_is_neither_deleted_nor_demoted(tmp_path: Path) -> None:
    with open_house(make_settings(tmp_path)) as house, house.sign_in("solo", "admin") as solo:
        listed = solo.get("/api/v1/users").json()["items"]
        ids = {user["username"]: user["id"] for user in listed}
        others = [f"/api/v1/users/{i}" for name, i in ids.items() if name != "solo"]
        assert {solo.delete(other).status_code for other in others} <= {200}
        me = f"/api/v1/users/{ids['solo']}"
        assert solo.delete(me).status_code == 409
        for change in ({"role": "auditor"}, {"disabled": True}):
            assert solo.patch(me, json=change).status_code == 409
        assert solo.get("/api/v1/auth/me").json()["role"] == "admin"


def test_lists_for_administrators_are_searched_by_name(
    admin: httpx.Client, ann: httpx.Client
) -> None:
    def names(place: str, search: str, field: str = "username") -> list[str]:
        found = admin.get(f"/api/v1/{place}", params={"search": search, "all": True}).json()
        assert found["total"] == len(found["items"])
        return [item[field] for item in found["items"]]

    admin.post("/api/v1/users", json={"username": "searched.for"})
    robot = admin.post("/api/v1/service-accounts", json={"username": "searched.robot"}).json()
    key = {"name": "Nightly search", "scopes": ["read"], "service_account_id": robot["id"]}
    admin.post("/api/v1/api-keys", json=key)
    admin.post("/api/v1/groups", json={"name": "searched people"})
    assert names("users", "SEARCHED") == ["searched.for"]
    assert names("service-accounts", "arched.r") == ["searched.robot"]
    assert names("groups", "searched", "name") == ["searched people"]
    assert names("api-keys", "nightly S", "name") == ["Nightly search"]
    assert names("api-keys", "searched.robot", "name") == ["Nightly search"]
    assert names("users", "nobody of this name") == []
    assert ann.get("/api/v1/api-keys", params={"search": "nightly s"}).json()["items"] == []
