"""The page's session: cookies no script reads, and requests no other site can send."""

from __future__ import annotations

from collections.abc import Iterator

import anyio
import httpx
import pytest
from tests.api.house import OPERATOR_TOKEN, PASSWORD, House

SESSION = "/api/v1/auth/session"
BETTER = "six rather unrelated words"


@pytest.fixture
def page(house: House) -> Iterator[httpx.Client]:
    """A browser's tab: it keeps cookies and names its origin."""
    house.sign_in("greta").close()
    with house.client() as client:
        client.headers["Origin"] = house.url
        yield client


def sign_in(page: httpx.Client, password: str = PASSWORD) -> httpx.Response:
    opened = page.post(SESSION, json={"username": "greta", "password": password})
    if opened.status_code == 200:
        page.headers["X-CSRF-Token"] = opened.json()["csrf_token"]
    return opened


def test_the_cookie_signs_in_and_no_token_is_in_the_answer(page: httpx.Client) -> None:
    opened = sign_in(page)
    assert opened.json()["user"]["username"] == "greta"
    assert not opened.json()["secure"]
    for value in page.cookies.values():
        assert value not in opened.text
    for header in opened.headers.get_list("set-cookie"):
        assert "HttpOnly" in header
        assert "SameSite=strict" in header
        assert "Path=/" in header
        assert "Secure" not in header, "a browser keeps no Secure cookie over plain HTTP"
    assert page.get("/api/v1/auth/me").json()["username"] == "greta"
    assert page.get(SESSION).json()["csrf_token"] == opened.json()["csrf_token"]
    assert page.post("/api/v1/collections", json={"name": "By cookie"}).status_code == 201


def test_a_wrong_password_sets_nothing(page: httpx.Client) -> None:
    assert sign_in(page, "wrong").status_code == 401
    assert not page.cookies


@pytest.mark.parametrize(
    "headers",
    [
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "0" * 64},
        {"X-CSRF-Token": "\u00e9".encode("latin1").decode("latin1")},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
def test_an_unsafe_request_needs_the_origin_and_the_token(
    page: httpx.Client, headers: dict[str, str]
) -> None:
    sign_in(page)
    sent = [(k.encode(), v.encode("latin1")) for k, v in headers.items()]
    refused = page.post("/api/v1/collections", json={"name": "Forged"}, headers=sent)
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "cross_site_request"
    assert page.get("/api/v1/collections", headers=sent).status_code == 200


def test_without_an_origin_the_browser_must_say_where_it_comes_from(page: httpx.Client) -> None:
    sign_in(page)
    del page.headers["Origin"]
    body = {"name": "No origin"}
    for site, status in (("", 403), ("cross-site", 403), ("same-site", 403), ("same-origin", 201)):
        headers = {"Sec-Fetch-Site": site}
        assert page.post("/api/v1/collections", json=body, headers=headers).status_code == status


def test_opening_a_session_from_elsewhere_is_refused(page: httpx.Client) -> None:
    page.headers["Origin"] = "https://elsewhere.example"
    assert sign_in(page).json()["error"]["code"] == "cross_site_request"
    assert page.post(f"{SESSION}/refresh").status_code == 403
    assert not page.cookies


def test_a_cookie_and_a_bearer_are_never_taken_together(house: House, page: httpx.Client) -> None:
    sign_in(page)
    pair = house.appliance.auth.login("greta", PASSWORD, address="test")
    both = {"Authorization": f"Bearer {pair.access_token}"}
    for path in ("/api/v1/auth/me", "/api/v1/health"):
        refused = page.get(path, headers=both)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "two_credentials")


def test_refreshing_goes_on_and_an_old_cookie_ends_the_family(
    house: House, page: httpx.Client
) -> None:
    sign_in(page)
    first = dict(page.cookies)
    renewed = page.post(f"{SESSION}/refresh")
    assert renewed.status_code == 200
    assert page.cookies["rag-refresh"] != first["rag-refresh"]
    assert page.get("/api/v1/auth/me").status_code == 200
    with house.client() as bare:
        bare.headers["Origin"] = house.url
        assert bare.post(f"{SESSION}/refresh").status_code == 401


def test_signing_out_ends_the_session_and_forgets_the_cookies(page: httpx.Client) -> None:
    sign_in(page)
    kept = dict(page.cookies)
    assert page.delete(SESSION).status_code == 204
    assert not page.cookies
    page.cookies.update(kept)
    assert page.get("/api/v1/auth/me").status_code == 401
    assert page.post(f"{SESSION}/refresh").status_code == 401


def test_signing_out_everywhere_ends_every_tab_and_token(house: House, page: httpx.Client) -> None:
    sign_in(page)
    pair = house.appliance.auth.login("greta", PASSWORD, address="test")
    with house.client(pair.access_token) as program:
        assert program.get("/api/v1/auth/me").status_code == 200
        assert page.post("/api/v1/auth/logout-everywhere").status_code == 204
        assert program.get("/api/v1/auth/me").status_code == 401
    assert page.get("/api/v1/auth/me").status_code == 401
    assert page.post(f"{SESSION}/refresh").status_code == 401


def test_a_changed_password_keeps_this_page_and_ends_the_others(
    house: House, page: httpx.Client
) -> None:
    sign_in(page)
    with house.client() as other:
        other.headers["Origin"] = house.url
        sign_in(other)
        body = {"current_password": PASSWORD, "new_password": BETTER}
        changed = page.put(f"{SESSION}/password", json=body)
        assert changed.status_code == 200, changed.text
        page.headers["X-CSRF-Token"] = changed.json()["csrf_token"]
        assert page.get("/api/v1/auth/me").status_code == 200
        assert other.get("/api/v1/auth/me").status_code == 401
    back = {"current_password": BETTER, "new_password": PASSWORD}
    assert page.put(f"{SESSION}/password", json=back).status_code == 200


def test_no_api_key_and_no_operator_comes_in_by_cookie(house: House, page: httpx.Client) -> None:
    greta = next(u for u in house.appliance.auth.users.list(limit=200)[0] if u.username == "greta")
    key = house.appliance.auth.keys.create(greta.id, "cookie", ["read"])[1]
    for token in (key, OPERATOR_TOKEN, "nonsense"):
        response = page.get("/api/v1/collections", headers={"Cookie": f'rag-access="{token}"'})
        assert response.status_code == 401


def test_over_https_the_names_and_flags_are_a_hosts_own(house: House) -> None:
    transport = httpx.ASGITransport(app=house.app, client=("203.0.113.7", 5))

    async def over(scheme: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://localhost") as tab:
            tab.headers["Origin"] = f"{scheme}://localhost"
            return await tab.post(SESSION, json={"username": "greta", "password": PASSWORD})

    house.sign_in("greta").close()
    secure = anyio.run(over, "https")
    assert secure.json()["secure"] is True
    for header in secure.headers.get_list("set-cookie"):
        assert header.startswith("__Host-rag-")
        assert "Secure" in header
        assert "Domain" not in header
    plain = anyio.run(over, "http")
    assert (plain.status_code, plain.json()["error"]["code"]) == (403, "https_required")
