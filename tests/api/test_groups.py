from __future__ import annotations

import uuid

import httpx
import pytest
from tests.api.conftest import Library
from tests.api.house import House, events

GROUPS = "/api/v1/groups"


@pytest.fixture
def group(admin: httpx.Client) -> str:
    made = admin.post(GROUPS, json={"name": f"Legal {uuid.uuid4().hex[:8]}"})
    assert made.status_code == 201, made.text
    return f"{GROUPS}/{made.json()['id']}"


def id_of(client: httpx.Client) -> str:
    return str(client.get("/api/v1/auth/me").json()["id"])


def test_a_group_is_made_named_filled_and_deleted(
    admin: httpx.Client, ann: httpx.Client, group: str
) -> None:
    name = f"counsel {uuid.uuid4().hex[:8]}"
    assert admin.patch(group, json={"name": f"  {name.upper()} "}).json()["name"] == name
    member = f"{group}/members/{id_of(ann)}"
    for _ in range(2):
        assert admin.put(member).status_code == 204
    assert [m["username"] for m in admin.get(f"{group}/members").json()["items"]] == ["ann"]
    assert admin.get(group).json()["member_count"] == 1
    assert name in admin.get(f"/api/v1/users/{id_of(ann)}").json()["groups"]
    listed = admin.get("/api/v1/users", params={"limit": 200}).json()["items"]
    assert name in next(u for u in listed if u["username"] == "ann")["groups"]
    assert name in {g["name"] for g in admin.get(GROUPS, params={"limit": 200}).json()["items"]}
    for _ in range(2):
        assert admin.delete(member).status_code == 204
    assert admin.get(f"{group}/members").json()["items"] == []
    assert admin.delete(group).status_code == 204
    assert admin.get(group).json()["error"]["code"] == "group_not_found"


def test_a_name_is_taken_once_in_any_spelling(admin: httpx.Client, group: str) -> None:
    name = admin.get(group).json()["name"]
    assert admin.post(GROUPS, json={"name": name.upper()}).status_code == 409
    assert admin.post(GROUPS, json={"name": "Everyone"}).status_code == 409
    for bad in (" ", "a\nb\x07", "x" * 129):
        assert admin.post(GROUPS, json={"name": bad}).status_code == 422, bad
    assert admin.patch(group, json={"name": name.title()}).status_code == 200


def test_what_does_not_exist_is_not_found(admin: httpx.Client, group: str) -> None:
    assert admin.put(f"{group}/members/nobody").json()["error"]["code"] == "user_not_found"
    for method, path in (("PUT", "/members/x"), ("DELETE", "/members/x"), ("GET", "/members")):
        assert admin.request(method, f"{GROUPS}/nothing{path}").status_code == 404


def test_a_groups_grant_is_shown_by_its_name_and_goes_with_it(
    admin: httpx.Client, ann: httpx.Client, bob: httpx.Client, group: str
) -> None:
    name = admin.get(group).json()["name"]
    made = ann.post("/api/v1/collections", json={"name": f"For {name}"}).json()["id"]
    place = f"/api/v1/collections/{made}"
    body = {"principal": name, "level": "contributor"}
    assert ann.put(f"{place}/grants", json=body).status_code == 404, "a person has that name?"
    given = ann.put(f"{place}/grants", json={**body, "kind": "group"}).json()
    assert (given["kind"], given["group"], given["username"]) == ("group", name, None)
    everyone = {"principal": "everyone", "kind": "group", "level": "reader"}
    assert ann.put(f"{place}/grants", json=everyone).json()["error"]["code"] == "group_not_found"
    assert [g["group"] for g in ann.get(f"{place}/grants").json()["items"]] == [name]
    assert bob.get(place).status_code == 404
    admin.put(f"{group}/members/{id_of(bob)}")
    assert bob.get(place).json()["level"] == "contributor"
    assert admin.delete(group).status_code == 204
    assert bob.get(place).status_code == 404
    assert ann.get(f"{place}/grants").json()["items"] == []


def test_a_membership_that_ended_closes_every_way_to_the_content(
    house: House, admin: httpx.Client, ann: httpx.Client, library: Library, group: str
) -> None:
    name = admin.get(group).json()["name"]
    grants = f"/api/v1/collections/{library.collection_id}/grants"
    ann.put(grants, json={"principal": name, "kind": "group", "level": "reader"})
    with house.sign_in("gerd") as gerd:
        member = f"{group}/members/{id_of(gerd)}"
        assert admin.put(member).status_code == 204
        made = gerd.post("/api/v1/conversations", json={}).json()
        messages = f"/api/v1/conversations/{made['id']}/messages"
        asked = gerd.post(messages, json={"content": "When does the lease end?"}).json()
        assert events(gerd.get(asked["events_url"]))[-1][1] == "done"
        document = f"/api/v1/documents/{library.document_id}"
        ways = [
            document,
            f"{document}/chunks",
            f"{document}/status",
            f"{document}/original",
            f"{document}/pages/1/image",
            f"{document}/pages/1/words",
            f"/api/v1/collections/{library.collection_id}",
        ]
        assert {gerd.get(way).status_code for way in ways} == {200}
        assert gerd.get(messages).json()["items"][1]["evidence"]
        assert gerd.post("/api/v1/search", json={"query": "lease office"}).json()["passages"]

        assert admin.delete(member).status_code == 204
        assert {gerd.get(way).status_code for way in ways} == {404}
        answer = gerd.get(messages).json()["items"][1]
        assert answer["withheld"]
        assert "June" not in gerd.get(messages).text
        assert "June" not in gerd.get(asked["events_url"]).text
        assert not gerd.post("/api/v1/search", json={"query": "lease office"}).json()["passages"]

        assert admin.put(member).status_code == 204
        assert not gerd.get(messages).json()["items"][1]["withheld"]
