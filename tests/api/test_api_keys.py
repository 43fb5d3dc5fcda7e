from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import httpx
import pytest
from tests.api.conftest import Library
from tests.api.house import House, upload
from tests.unit.auth.test_keys import malformed

KEYS = "/api/v1/api-keys"
ACCOUNTS = "/api/v1/service-accounts"


@pytest.fixture
def robot(admin: httpx.Client) -> dict[str, str]:
    made = admin.post(ACCOUNTS, json={"username": f"robot-{uuid.uuid4().hex[:8]}"})
    assert made.status_code == 201, made.text
    return dict(made.json())


def make_key(client: httpx.Client, *scopes: str, **fields: object) -> dict:
    made = client.post(KEYS, json={"name": "a test", "scopes": list(scopes), **fields})
    assert made.status_code == 201, made.text
    return dict(made.json())


def test_a_key_is_shown_once_listed_and_revoked(house: House, ann: httpx.Client) -> None:
    made = make_key(ann, "read", expires_in_days=7)
    key, shown = made["key"], made["api_key"]
    lives = datetime.fromisoformat(shown["expires_at"]) - datetime.fromisoformat(
        shown["created_at"]
    )
    assert lives == timedelta(days=7)
    assert key.startswith(shown["prefix"])
    listed = ann.get(KEYS, params={"limit": 200})
    assert shown["id"] in {item["id"] for item in listed.json()["items"]}
    assert key not in listed.text
    with house.client(key) as program:
        assert program.get("/api/v1/collections").status_code == 200
        assert ann.delete(f"{KEYS}/{shown['id']}").status_code == 204
        refused = program.get("/api/v1/collections")
    assert refused.status_code == 401
    with house.client("ork_nonsense") as program:
        unknown = program.get("/api/v1/collections")
    without = ("x-request-id", "date", "ratelimit")
    assert refused.json()["error"]["message"] == unknown.json()["error"]["message"]
    assert {k: v for k, v in refused.headers.items() if k not in without} == {
        k: v for k, v in unknown.headers.items() if k not in without
    }


def test_a_service_account_reads_what_is_granted_to_it(
    house: House, admin: httpx.Client, ann: httpx.Client, library: Library, robot: dict[str, str]
) -> None:
    key = make_key(admin, "read", "write", service_account_id=robot["id"])["key"]
    place = f"/api/v1/collections/{library.collection_id}"
    with house.client(key) as program:
        assert program.get("/api/v1/collections").json()["items"] == [], "it has none of its own"
        assert program.get(place).status_code == 404
        grant = ann.put(
            f"{place}/grants", json={"principal": robot["username"], "level": "reader"}
        ).json()
        assert program.get(f"/api/v1/documents/{library.document_id}").status_code == 200
        found = program.post("/api/v1/search", json={"query": "lease office June"}).json()
        assert found["passages"]
        assert upload(program, library.collection_id, "a.txt", b"a").status_code == 403
        ann.delete(f"{place}/grants/{grant['id']}")
        assert program.get(place).status_code == 404


def test_a_disabled_or_deleted_account_is_out_at_its_next_request(
    house: House, admin: httpx.Client, robot: dict[str, str]
) -> None:
    key = make_key(admin, "read", service_account_id=robot["id"])["key"]
    place = f"{ACCOUNTS}/{robot['id']}"
    with house.client(key) as program:
        assert program.get("/api/v1/auth/me").status_code == 200
        assert admin.patch(place, json={"disabled": True}).json()["disabled"]
        assert program.get("/api/v1/auth/me").status_code == 401
        admin.patch(place, json={"disabled": False})
        assert program.get("/api/v1/auth/me").status_code == 200
        assert admin.delete(place).status_code == 200
        assert program.get("/api/v1/auth/me").status_code == 401
    assert admin.delete(place).status_code == 404


def test_an_account_is_no_person(
    admin: httpx.Client, anyone: httpx.Client, robot: dict[str, str]
) -> None:
    for password in ("", "x"):
        login = {"username": robot["username"], "password": password or " "}
        assert anyone.post("/api/v1/auth/token", json=login).status_code == 401
    user = f"/api/v1/users/{robot['id']}"
    assert admin.get(user).status_code == 404
    assert admin.patch(user, json={"role": "admin"}).status_code == 404
    assert admin.post(f"{user}/reset-password").status_code == 404
    assert admin.delete(user).status_code == 404
    assert admin.post("/api/v1/users", json={"username": robot["username"]}).status_code == 409
    listed = admin.get(ACCOUNTS, params={"limit": 200}).json()["items"]
    assert robot["id"] in {item["id"] for item in listed}


def test_people_make_keys_for_themselves_alone(
    admin: httpx.Client,
    ann: httpx.Client,
    bob: httpx.Client,
    operator: httpx.Client,
    robot: dict[str, str],
) -> None:
    body = {"name": "x", "scopes": ["read"]}
    forbidden = ann.post(KEYS, json={**body, "service_account_id": robot["id"]})
    assert forbidden.status_code == 403
    me = ann.get("/api/v1/auth/me").json()["id"]
    assert admin.post(KEYS, json={**body, "service_account_id": me}).status_code == 404
    assert operator.post(KEYS, json=body).status_code == 422
    anns = make_key(ann, "read")["api_key"]["id"]
    assert bob.delete(f"{KEYS}/{anns}").status_code == 404
    assert bob.get(KEYS, params={"all": True}).status_code == 403
    everyones = admin.get(KEYS, params={"all": True, "limit": 200}).json()["items"]
    assert anns in {item["id"] for item in everyones}
    assert admin.delete(f"{KEYS}/{anns}").status_code == 204


def test_a_key_works_on_the_openai_routes(
    house: House, admin: httpx.Client, robot: dict[str, str]
) -> None:
    body = {"messages": [{"role": "user", "content": "When does the lease end?"}]}
    asks = make_key(admin, "ask", service_account_id=robot["id"])["key"]
    reads = make_key(admin, "read", service_account_id=robot["id"])["key"]
    with house.client(asks) as program:
        answered = program.post("/v1/chat/completions", json=body)
        assert answered.status_code == 200, answered.text
        assert "June" not in answered.text, "nothing was granted to it"
    with house.client(reads) as program:
        refused = program.post("/v1/chat/completions", json=body)
    assert refused.status_code == 403
    assert refused.json()["error"]["type"] == "permission_error"


def test_malformed_keys_are_unauthenticated(house: House, ann: httpx.Client) -> None:
    key = make_key(ann, "read")["key"]
    sent = 0
    # Spaces before a bearer belong to the header, not to the token.
    for text in (text for text in malformed(key) if text.lstrip() != key):
        with house.client() as program:
            try:
                value = f"Bearer {text}".encode("latin-1")
                response = program.get("/api/v1/auth/me", headers={b"Authorization": value})
            except (UnicodeEncodeError, httpx.LocalProtocolError):
                continue  # no client can send it
        assert response.status_code == 401, text[:80]
        sent += 1
    assert sent >= 20


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x"},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["admin"]},
        {"name": "x", "scopes": ["read"], "expires_in_days": 0},
        {"name": "x", "scopes": ["read"], "expires_in_days": 10**9},
        {"name": " ", "scopes": ["read"]},
    ],
)
def test_a_bad_wish_is_refused(ann: httpx.Client, body: dict) -> None:
    assert ann.post(KEYS, json=body).status_code == 422
