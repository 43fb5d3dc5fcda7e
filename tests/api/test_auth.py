from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from tests.api.house import PASSWORD, House, make_settings, open_house

BETTER = "five very unrelated words"


def token_of(anyone: httpx.Client, username: str, password: str) -> httpx.Response:
    body = {"username": username, "password": password}
    return anyone.post("/api/v1/auth/token", json=body)


def test_signing_in_and_who_am_i(house: House, anyone: httpx.Client) -> None:
    house.sign_in("cleo").close()
    signed = token_of(anyone, "Cleo", PASSWORD).json()
    assert signed["token_type"] == "bearer"
    assert signed["expires_in"] == house.appliance.settings.jwt_expiration
    with house.client(signed["access_token"]) as cleo:
        me = cleo.get("/api/v1/auth/me").json()
    assert (me["username"], me["role"], me["must_change_password"]) == ("cleo", "member", False)


def test_refreshing_and_signing_out(house: House, anyone: httpx.Client) -> None:
    house.sign_in("dora").close()
    first = token_of(anyone, "dora", PASSWORD).json()
    second = anyone.post(
        "/api/v1/auth/refresh", json={"refresh_token": first["refresh_token"]}
    ).json()
    with house.client(second["access_token"]) as dora:
        assert dora.post("/api/v1/auth/logout").status_code == 204
        assert dora.get("/api/v1/auth/me").status_code == 401
    again = anyone.post("/api/v1/auth/refresh", json={"refresh_token": second["refresh_token"]})
    assert again.status_code == 401


def test_a_one_time_password_is_changed_first(house: House, anyone: httpx.Client) -> None:
    _, one_time = house.appliance.auth.users.create("emil")
    signed = token_of(anyone, "emil", one_time or "").json()
    assert signed["must_change_password"]
    with house.client(signed["access_token"]) as emil:
        assert emil.get("/api/v1/documents").json()["error"]["code"] == "password_change_required"
        weak = {"current_password": one_time, "new_password": "short"}
        assert emil.post("/api/v1/auth/password", json=weak).json()["error"]["code"] == (
            "weak_password"
        )
        good = {"current_password": one_time, "new_password": BETTER}
        fresh = emil.post("/api/v1/auth/password", json=good).json()
        assert emil.get("/api/v1/auth/me").status_code == 401  # the old session ended
    with house.client(fresh["access_token"]) as emil:
        assert emil.get("/api/v1/documents").status_code == 200


def test_guessing_is_slowed_with_retry_after(house: House, anyone: httpx.Client) -> None:
    house.sign_in("frida").close()
    for _ in range(5):
        assert token_of(anyone, "frida", "wrong").status_code == 401
    slowed = token_of(anyone, "frida", PASSWORD)
    assert slowed.status_code == 429
    assert 1 <= int(slowed.headers["retry-after"]) <= 360


@pytest.mark.parametrize(
    "body",
    [
        {"username": "x", "password": {"hunter2": 1}},
        {"username": "x", "password": "hunter2" * 1000},
        {"username": "x", "password": "hunter2", "extra": 1},
    ],
    ids=["object", "too long", "extra"],
)
def test_a_refused_body_is_never_repeated(anyone: httpx.Client, body: dict) -> None:
    response = anyone.post("/api/v1/auth/token", json=body)
    assert response.status_code == 422
    assert "hunter2" not in response.text


def test_the_operator_has_no_password(operator: httpx.Client) -> None:
    body = {"current_password": "x", "new_password": BETTER}
    assert operator.post("/api/v1/auth/password", json=body).status_code == 403
    assert operator.post("/api/v1/auth/logout").status_code == 204
    assert operator.get("/api/v1/auth/me").json()["role"] == "operator"


def test_sessions_live_through_a_change_of_the_secret(tmp_path: Path) -> None:
    old, new = "the old secret of this very test", "the newer secret of this very test"
    with open_house(make_settings(tmp_path, jwt_secret=old)) as house:
        house.appliance.auth.users.create("kim", password=PASSWORD)
        pair = house.appliance.auth.login("kim", PASSWORD, address="test")
    with open_house(make_settings(tmp_path, jwt_secret=f"{new},{old}")) as house:
        with house.client(pair.access_token) as kim:
            assert kim.get("/api/v1/auth/me").json()["username"] == "kim"
        renewed = house.appliance.auth.refresh(pair.refresh_token)
    with open_house(make_settings(tmp_path, jwt_secret=new)) as house:
        for token, status in ((renewed.access_token, 200), (pair.access_token, 401)):
            with house.client(token) as kim:
                assert kim.get("/api/v1/auth/me").status_code == status
