from __future__ import annotations

import httpx
from tests.api.house import PASSWORD, House


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
