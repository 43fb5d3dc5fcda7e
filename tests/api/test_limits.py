from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.api.house import OPERATOR_TOKEN, PASSWORD, House

from on_prem_rag.api.app import create_app


class Altered:
    """The same appliance under other settings."""

    def __init__(self, house: House, **settings: Any) -> None:
        self._appliance = house.appliance
        self.settings = house.appliance.settings.model_copy(update=settings)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._appliance, name)


def client_of(house: House, token: str | None = None, **settings: Any) -> httpx.AsyncClient:
    app = create_app(Altered(house, **settings), operator_token=OPERATOR_TOKEN)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)


@pytest.fixture
def tokens(house: House) -> tuple[str, ...]:
    house.sign_in("ida").close()
    house.sign_in("jan").close()
    login = house.appliance.auth.login
    return tuple(login(name, PASSWORD, address="x").access_token for name in ("ida", "jan"))


async def test_requests_are_limited_by_person(house: House, tokens: tuple[str, ...]) -> None:
    async with client_of(house, tokens[0], rate_limit_requests_per_minute=3) as client:
        codes = [(await client.get("/api/v1/auth/me")).status_code for _ in range(4)]
        assert codes == [200, 200, 200, 429]
        refused = await client.get("/api/v1/auth/me")
        assert refused.json()["error"]["code"] == "too_many_requests"
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        other = {"Authorization": f"Bearer {tokens[1]}"}
        assert (await client.get("/api/v1/auth/me", headers=other)).status_code == 200


async def test_questions_have_limits_of_their_own(house: House, tokens: tuple[str, ...]) -> None:
    body = {"query": "What is this?", "collection_ids": []}
    for limit in ("rate_limit_queries_per_minute", "rate_limit_queries_per_day"):
        async with client_of(house, tokens[0], **{limit: 2}) as client:
            codes = [(await client.post("/api/v1/query", json=body)).status_code for _ in range(3)]
            assert codes == [200, 200, 429], limit
            assert (await client.get("/api/v1/auth/me")).status_code == 200


async def test_before_sign_in_the_address_is_limited(house: House) -> None:
    async with client_of(house, rate_limit_requests_per_minute=3) as client:
        bad = {"refresh_token": "x"}
        codes = [
            (await client.post("/api/v1/auth/refresh", json=bad)).status_code for _ in range(4)
        ]
        assert codes == [401, 401, 401, 429]
        forged = {"Authorization": "Bearer forged"}
        assert (await client.get("/api/v1/auth/me", headers=forged)).status_code == 429


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
