from __future__ import annotations

import re
from typing import Any

import httpx
from tests.api.house import OPERATOR_TOKEN, PASSWORD, House

from on_prem_rag.access.groups import add_member, create_group
from on_prem_rag.access.limits import HolderKind, set_limits
from on_prem_rag.api.app import create_app
from on_prem_rag.db.base import new_id


class Altered:
    """The same appliance under other settings."""

    def __init__(self, house: House, **settings: Any) -> None:
        self._appliance = house.appliance
        self.settings = house.appliance.settings.model_copy(update=settings)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._appliance, name)


def client_of(
    house: House, token: str | None = None, address: str = "127.0.0.1", **settings: Any
) -> httpx.AsyncClient:
    app = create_app(Altered(house, **settings), operator_token=OPERATOR_TOKEN)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    transport = httpx.ASGITransport(app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)


def person(house: House) -> tuple[str, str]:
    """Someone whom nothing was counted for yet: their id and an access token."""
    user, _ = house.appliance.auth.users.create(f"user-{new_id()}", password=PASSWORD)
    pair = house.appliance.auth.login(user.username, PASSWORD, address=f"test {new_id()}")
    return user.id, pair.access_token


def limit(house: House, kind: HolderKind, holder_id: str, **values: int | None) -> None:
    with house.appliance.database.write() as session:
        set_limits(session, kind, holder_id, values)


async def test_requests_are_limited_by_person(house: House) -> None:
    (_, token), (_, other) = person(house), person(house)
    async with client_of(house, token, rate_limit_requests_per_minute=3) as client:
        codes = [(await client.get("/api/v1/auth/me")).status_code for _ in range(4)]
        assert codes == [200, 200, 200, 429]
        refused = await client.get("/api/v1/auth/me")
        assert refused.json()["error"]["code"] == "too_many_requests"
        assert 1 <= int(refused.headers["retry-after"]) <= 70
        headers = {"Authorization": f"Bearer {other}"}
        assert (await client.get("/api/v1/auth/me", headers=headers)).status_code == 200


async def test_two_replicas_share_a_persons_limit(house: House) -> None:
    _, token = person(house)
    limit = {"rate_limit_requests_per_minute": 20}
    async with client_of(house, token, **limit) as one, client_of(house, token, **limit) as other:
        codes = []
        for _ in range(20):
            for client in (one, other):
                codes.append((await client.get("/api/v1/auth/me")).status_code)
    assert codes.count(200) == 20
    assert codes.count(429) == 20


async def test_answers_tell_what_is_left(house: House) -> None:
    _, token = person(house)
    limits = {"rate_limit_requests_per_minute": 3, "rate_limit_queries_per_minute": 2}
    async with client_of(house, token, rate_limit_queries_per_day=9, **limits) as client:
        first = await client.get("/api/v1/auth/me")
        assert first.headers["ratelimit-policy"] == '"requests";q=3;w=60'
        assert re.fullmatch(r'"requests";r=2;t=\d+', first.headers["ratelimit"])
        body = {"query": "What is this?", "collection_ids": []}
        asked = await client.post("/api/v1/query", json=body)
        assert asked.headers["ratelimit-policy"] == (
            '"requests";q=3;w=60, "questions";q=2;w=60, "questions-day";q=9;w=86400'
        )
        left = dict(re.findall(r'"([a-z-]+)";r=(\d+)', asked.headers["ratelimit"]))
        assert left == {"requests": "1", "questions": "1", "questions-day": "8"}
        missing = await client.get("/api/v1/documents/none")
        assert missing.status_code == 404
        assert '"requests";r=0' in missing.headers["ratelimit"]
        refused = await client.get("/api/v1/auth/me")
        assert refused.status_code == 429
        assert re.fullmatch(r'"requests";r=0;t=\d+', refused.headers["ratelimit"])


async def test_questions_have_limits_of_their_own(house: House) -> None:
    body = {"query": "What is this?", "collection_ids": []}
    for limit in ("rate_limit_queries_per_minute", "rate_limit_queries_per_day"):
        _, token = person(house)
        async with client_of(house, token, **{limit: 2}) as client:
            codes = [(await client.post("/api/v1/query", json=body)).status_code for _ in range(3)]
            assert codes == [200, 200, 429], limit
            assert (await client.get("/api/v1/auth/me")).status_code == 200


async def test_before_sign_in_the_address_is_limited(house: House) -> None:
    async with client_of(house, address="10.9.8.7", rate_limit_requests_per_minute=3) as client:
        bad = {"refresh_token": "x"}
        codes = [
            (await client.post("/api/v1/auth/refresh", json=bad)).status_code for _ in range(4)
        ]
        assert codes == [401, 401, 401, 429]
        forged = {"Authorization": "Bearer forged"}
        assert (await client.get("/api/v1/auth/me", headers=forged)).status_code == 429


async def test_a_key_counts_to_its_owner_and_is_bounded_besides(house: House) -> None:
    user_id, token = person(house)
    keys = [house.appliance.auth.keys.create(user_id, str(n), ["read"]) for n in range(2)]
    limit(house, "api_key", keys[0][0].key.id, requests_per_minute=2)
    async with client_of(house, rate_limit_requests_per_minute=5) as client:

        async def status(bearer: str) -> int:
            headers = {"Authorization": f"Bearer {bearer}"}
            return (await client.get("/api/v1/auth/me", headers=headers)).status_code

        assert [await status(keys[0][1]) for _ in range(3)] == [200, 200, 429]
        assert [await status(keys[1][1]) for _ in range(3)] == [200, 200, 429]
        assert await status(token) == 429


async def test_an_own_limit_wins_then_the_most_generous_of_groups(house: House) -> None:
    user_id, token = person(house)
    for amount in (2, 4):
        with house.appliance.database.write() as session:
            group_id = create_group(session, new_id()).group.id
            add_member(session, group_id, user_id)
        limit(house, "group", group_id, requests_per_minute=amount)

    async def passed() -> int:
        """How many of ten requests pass at a server that remembers no earlier refusal."""
        async with client_of(house, token, rate_limit_requests_per_minute=1) as client:
            codes = [(await client.get("/api/v1/auth/me")).status_code for _ in range(10)]
        return codes.count(200)

    assert await passed() == 4
    limit(house, "user", user_id, requests_per_minute=6)
    assert await passed() == 6 - 4
    limit(house, "user", user_id, requests_per_minute=0)
    assert await passed() == 10
    limit(house, "user", user_id, requests_per_minute=None)
    assert await passed() == 0


async def test_the_operator_is_not_limited(house: House) -> None:
    limits = {"rate_limit_requests_per_minute": 1, "rate_limit_queries_per_minute": 1}
    async with client_of(house, OPERATOR_TOKEN, **limits) as client:
        for _ in range(3):
            assert (await client.get("/api/v1/auth/me")).status_code == 200


async def test_origins_are_closed_unless_listed(house: House) -> None:
    origin = {"Origin": "https://intranet.example", "Access-Control-Request-Method": "GET"}
    async with client_of(house) as client:
        closed = await client.options("/api/v1/documents", headers=origin)
        assert "access-control-allow-origin" not in closed.headers
    async with client_of(house, allowed_origins=("https://intranet.example",)) as client:
        opened = await client.options("/api/v1/documents", headers=origin)
        assert opened.headers["access-control-allow-origin"] == "https://intranet.example"
        other = {**origin, "Origin": "https://evil.example"}
        refused = await client.options("/api/v1/documents", headers=other)
        assert "access-control-allow-origin" not in refused.headers


def test_probes_and_pages_are_not_counted(house: House, ann: httpx.Client) -> None:
    for path in ("/health", "/ready", "/api/v1/health", "/api/v1/ready", "/metrics", "/docs"):
        uncounted = ann.get(path)
        assert uncounted.status_code == 200
        assert "ratelimit" not in uncounted.headers
    assert "ratelimit" in ann.get("/api/v1/auth/me").headers


def test_limits_are_set_listed_and_cleared_by_admins(house: House, admin: httpx.Client) -> None:
    user_id, _ = person(house)
    path = f"/api/v1/limits/users/{user_id}"
    made = admin.patch(path, json={"queries_per_day": 5, "storage_bytes": 0}).json()
    assert (made["holder"], made["id"]) == ("users", user_id)
    changed = admin.patch(path, json={"storage_bytes": None, "requests_per_minute": 7}).json()
    assert changed["limits"] == {
        "requests_per_minute": 7,
        "queries_per_minute": None,
        "queries_per_day": 5,
        "upload_bytes_per_day": None,
        "storage_bytes": None,
    }
    listed = admin.get("/api/v1/limits", params={"limit": 200}).json()
    assert changed in listed["items"]
    assert listed["defaults"]["queries_per_day"] == 1_000_000
    assert admin.delete(path).status_code == 204
    assert admin.delete(path).status_code == 204
    assert changed not in admin.get("/api/v1/limits", params={"limit": 200}).json()["items"]


def test_limits_are_refused_where_they_make_no_sense(house: House, admin: httpx.Client) -> None:
    user_id, _ = person(house)
    for path in ("users/none", "groups/none", "api-keys/none"):
        for send in (admin.delete, lambda at: admin.patch(at, json={"queries_per_day": 1})):
            assert send(f"/api/v1/limits/{path}").status_code == 404
    for body in ({"requests_per_minute": -1}, {"unknown": 1}, {"storage_bytes": 2**63}):
        assert admin.patch(f"/api/v1/limits/users/{user_id}", json=body).status_code == 422
    key = house.appliance.auth.keys.create(user_id, "k", ["read"])[0].key
    refused = admin.patch(f"/api/v1/limits/api-keys/{key.id}", json={"storage_bytes": 1})
    assert refused.status_code == 422


def test_setting_limits_is_recorded_and_goes_with_the_person(
    house: House, admin: httpx.Client, auditor: httpx.Client
) -> None:
    user_id, _ = person(house)
    path = f"/api/v1/limits/users/{user_id}"
    admin.patch(path, json={"queries_per_day": 5})
    admin.delete(path)
    found = auditor.get("/api/v1/audit", params={"limit": 200}).json()["items"]
    mine = [e for e in found if e["target_id"] == user_id and e["subject"] == "limit"]
    assert {event["action"] for event in mine} == {"set", "clear"}
    assert any(event["details"].get("limits") == {"queries_per_day": 5} for event in mine)
    admin.patch(path, json={"queries_per_day": 5})
    assert admin.delete(f"/api/v1/users/{user_id}").status_code == 200
    items = admin.get("/api/v1/limits", params={"limit": 200}).json()["items"]
    assert user_id not in [item["id"] for item in items]


def test_the_limits_stand_in_the_api_document(house: House) -> None:
    document = house.app.openapi()
    counted = document["paths"]["/api/v1/documents"]["get"]["responses"]
    assert set(counted["200"]["headers"]) == {"RateLimit", "RateLimit-Policy"}
    assert set(counted["429"]["headers"]) == {"RateLimit", "RateLimit-Policy", "Retry-After"}
    assert "headers" not in document["paths"]["/health"]["get"]["responses"]["200"]
