from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from tests.api.house import upload

Make = Callable[..., str]


@pytest.fixture
def make(ann: httpx.Client, request: pytest.FixtureRequest) -> Make:
    def made(**body: object) -> str:
        name = f"{request.node.name} {len(ann.get('/api/v1/collections').json()['items'])}"
        response = ann.post("/api/v1/collections", json={"name": name[:200], **body})
        assert response.status_code == 201, response.text
        return response.json()["id"]

    return made


def names(client: httpx.Client) -> set[str]:
    return {item["id"] for item in client.get("/api/v1/collections").json()["items"]}


def test_a_new_collection_is_its_owners(make: Make, ann: httpx.Client, bob: httpx.Client) -> None:
    made = make()
    assert ann.get(f"/api/v1/collections/{made}").json()["level"] == "manager"
    assert made not in names(bob)


def test_open_to_everyone_means_readers(make: Make, bob: httpx.Client) -> None:
    made = make(open_to_everyone=True)
    assert bob.get(f"/api/v1/collections/{made}").json()["level"] == "reader"
    assert bob.patch(f"/api/v1/collections/{made}", json={"name": "x"}).status_code == 403
    assert upload(bob, made, "a.txt", b"text").status_code == 403
    assert bob.delete(f"/api/v1/collections/{made}").status_code == 403


def test_a_grant_opens_and_its_end_closes(make: Make, ann: httpx.Client, bob: httpx.Client) -> None:
    made = make()
    grants = f"/api/v1/collections/{made}/grants"
    given = ann.put(grants, json={"principal": "Bob", "level": "contributor"}).json()
    assert (given["username"], given["level"]) == ("bob", "contributor")
    assert upload(bob, made, "a.txt", b"text").status_code == 202
    again = ann.put(grants, json={"principal": "bob", "level": "reader"}).json()
    assert again["id"] == given["id"]
    assert upload(bob, made, "b.txt", b"text").status_code == 403
    assert [g["level"] for g in ann.get(grants).json()["items"]] == ["reader"]
    assert ann.delete(f"{grants}/{given['id']}").status_code == 204
    assert bob.get(f"/api/v1/collections/{made}").status_code == 404


def test_grants_are_for_managers_to_see_and_give(
    make: Make, ann: httpx.Client, bob: httpx.Client
) -> None:
    made = make(open_to_everyone=True)
    grants = f"/api/v1/collections/{made}/grants"
    assert bob.get(grants).status_code == 403
    assert bob.put(grants, json={"principal": "bob", "level": "manager"}).status_code == 403
    unknown = ann.put(grants, json={"principal": "nobody", "level": "reader"})
    assert unknown.json()["error"]["code"] == "user_not_found"
    assert ann.delete(f"{grants}/unknown").status_code == 404


def test_a_grant_of_another_collection_is_not_deleted(make: Make, ann: httpx.Client) -> None:
    one, two = make(), make()
    given = ann.put(
        f"/api/v1/collections/{one}/grants", json={"principal": "bob", "level": "reader"}
    ).json()
    assert ann.delete(f"/api/v1/collections/{two}/grants/{given['id']}").status_code == 404
    assert len(ann.get(f"/api/v1/collections/{one}/grants").json()["items"]) == 1


def test_a_private_collection_takes_no_grants(make: Make, ann: httpx.Client) -> None:
    made = make(private=True)
    body = {"principal": "bob", "level": "reader"}
    assert ann.put(f"/api/v1/collections/{made}/grants", json=body).status_code == 409


def test_renaming_and_deleting(make: Make, ann: httpx.Client) -> None:
    made = make()
    changed = ann.patch(f"/api/v1/collections/{made}", json={"description": "All of them"})
    assert changed.json()["description"] == "All of them"
    sent = upload(ann, made, "a.txt", b"text").json()["document"]["id"]
    assert ann.delete(f"/api/v1/collections/{made}").status_code == 200
    assert ann.get(f"/api/v1/collections/{made}").status_code == 404
    assert ann.get(f"/api/v1/documents/{sent}").status_code == 404


@pytest.mark.parametrize("name", ["", "x" * 201, "a\x00b", 7, None])
def test_a_bad_name_is_refused_with_its_field(ann: httpx.Client, name: object) -> None:
    refused = ann.post("/api/v1/collections", json={"name": name})
    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "invalid_input"
