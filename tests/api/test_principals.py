from __future__ import annotations

import uuid
from collections.abc import Iterator

import httpx
import pytest
from tests.api.house import House

NAMES = "/api/v1/principals"


@pytest.fixture(scope="session")
def family(house: House, admin: httpx.Client) -> Iterator[str]:
    """A word that stands in names of people, of a service account and of a group."""
    word = f"q{uuid.uuid4().hex[:8]}"
    for name in (f"{word}.zoe", f"{word}.abe", f"the.{word}", f"gone.{word}"):
        house.add_person(name)
    users = admin.get("/api/v1/users", params={"search": f"gone.{word}"}).json()["items"]
    admin.patch(f"/api/v1/users/{users[0]['id']}", json={"disabled": True}).raise_for_status()
    admin.post("/api/v1/service-accounts", json={"username": f"{word}-robot"}).raise_for_status()
    group = admin.post("/api/v1/groups", json={"name": f"Friends of {word}"}).json()["id"]
    yield word
    admin.delete(f"/api/v1/groups/{group}").raise_for_status()


def names(client: httpx.Client, **asked: str | int) -> list[tuple[str, str]]:
    """What is told, as kind and name."""
    response = client.get(NAMES, params=asked)
    assert response.status_code == 200, response.text
    return [(item["kind"], item["name"]) for item in response.json()["items"]]


def test_active_people_and_groups_are_found_by_a_part_of_their_name(
    ann: httpx.Client, family: str
) -> None:
    people = [("user", f"{family}.abe"), ("user", f"{family}.zoe"), ("user", f"the.{family}")]
    group = ("group", f"friends of {family}")
    assert names(ann, search=f" {family.upper()} ") == [*people, group]
    assert names(ann, search=family, kind="user") == people
    assert names(ann, search=family, kind="group") == [group]
    assert names(ann, search=family, limit=2) == people[:2]
    assert names(ann, search=family, limit=4)[3:] == [group]


def test_what_is_found_can_be_given_something(ann: httpx.Client, family: str) -> None:
    made = ann.post("/api/v1/collections", json={"name": f"For {family}"}).json()["id"]
    for kind, name in names(ann, search=family):
        body = {"principal": name, "kind": kind, "level": "reader"}
        assert ann.put(f"/api/v1/collections/{made}/grants", json=body).status_code == 200
    assert ann.delete(f"/api/v1/collections/{made}").status_code == 200


@pytest.mark.parametrize("part", ["", "a", " a ", "a\x00b", "x" * 129])
def test_too_little_and_too_much_of_a_name_is_refused(ann: httpx.Client, part: str) -> None:
    assert ann.get(NAMES, params={"search": part}).status_code == 422


def test_what_stands_for_any_letter_elsewhere_stands_for_itself(
    ann: httpx.Client, family: str
) -> None:
    assert names(ann, search="%%") == []
    assert names(ann, search=f"{family}_zoe") == []


def test_nobody_gets_the_whole_list_at_once(ann: httpx.Client) -> None:
    assert ann.get(NAMES, params={"search": "an", "limit": 21}).status_code == 422
    assert ann.get(NAMES).status_code == 422


def test_an_auditor_gives_nothing_and_is_told_no_names(auditor: httpx.Client) -> None:
    assert auditor.get(NAMES, params={"search": "ann"}).status_code == 403
