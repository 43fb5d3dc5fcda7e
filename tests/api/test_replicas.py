"""Limits hold across servers: two appliances, each with its own index, on one database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import httpx
import pytest
from sqlalchemy.engine import make_url
from tests.api.house import PASSWORD, make_settings

from on_prem_rag.access.caller import Caller
from on_prem_rag.api.app import create_app
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.db import migrate
from on_prem_rag.db.session import Database
from on_prem_rag.quotas.blocks import PARTS

REQUESTS, QUESTIONS, BYTES = 60, 10, 300_000
LIMITS = {
    "rate_limit_requests_per_minute": REQUESTS,
    "rate_limit_queries_per_minute": QUESTIONS,
    "rate_limit_upload_bytes_per_day": BYTES,
}
SHARED = {
    "jwt_secret": "one secret for all replicas; " * 2,
    "audit_key": "and one key for them " * 2,
}


@pytest.fixture
def replicas(tmp_path: Path, database_url: str) -> Iterator[list[Appliance]]:
    database = Database(database_url)
    migrate.upgrade(database)
    database.close()
    url = make_url(database_url).render_as_string(hide_password=False)
    with ExitStack() as stack:
        found = []
        for name in ("one", "two"):
            settings = make_settings(tmp_path / name, database_url=url, **SHARED, **LIMITS)
            found.append(Appliance(settings, workers=0))
            stack.callback(found[-1].stop)
        yield found


def sign_in(appliance: Appliance, name: str = "ann") -> str:
    appliance.auth.users.create(name, password=PASSWORD)
    return appliance.auth.login(name, PASSWORD, address="test").access_token


async def statuses(
    replicas: list[Appliance], token: str, count: int, method: str, path: str, **body: object
) -> list[int]:
    """Send ``count`` requests to each replica, all at once."""
    headers = {"Authorization": f"Bearer {token}"}
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(create_app(appliance)),
                    base_url="http://localhost",
                    headers=headers,
                )
            )
            for appliance in replicas
        ]
        calls = [client.request(method, path, **body) for _ in range(count) for client in clients]
        return [response.status_code for response in await asyncio.gather(*calls)]


async def test_two_replicas_give_a_person_one_allowance(replicas: list[Appliance]) -> None:
    token = sign_in(replicas[0])
    me = await statuses(replicas, token, REQUESTS, "GET", "/api/v1/auth/me")
    # None above the limit. Below it may stay what each held of its last block.
    held = len(replicas) * (REQUESTS // PARTS)
    assert REQUESTS - held <= me.count(200) <= REQUESTS
    assert me.count(429) == 2 * REQUESTS - me.count(200)


async def test_two_replicas_answer_one_allowance_of_questions(replicas: list[Appliance]) -> None:
    token = sign_in(replicas[0])
    body = {"query": "What is this?", "collection_ids": []}
    asked = await statuses(replicas, token, QUESTIONS, "POST", "/api/v1/query", json=body)
    assert (asked.count(200), asked.count(429)) == (QUESTIONS, QUESTIONS)


async def test_two_replicas_take_one_allowance_of_bytes(replicas: list[Appliance]) -> None:
    token = sign_in(replicas[0])
    caller = Caller(replicas[0].auth.users.list()[0][0].id, "ann", "member")
    with replicas[0].database.write() as session:
        made = replicas[0].collections.create(session, caller, "Mine").collection.id
    path = f"/api/v1/collections/{made}/documents"
    # Each name once at each replica: the second time changes nothing and counts nothing.
    files = [{"file": (f"{n}.txt", str(n).encode() * 100_000)} for n in range(6)]
    sent = [await statuses(replicas, token, 1, "POST", path, files=file) for file in files]
    assert [sorted(pair) for pair in sent[:3]] == [[200, 202]] * 3
    assert [set(pair) for pair in sent[3:]] == [{429}] * 3


async def test_each_counting_for_itself_would_be_seen(replicas: list[Appliance]) -> None:
    one, other = (sign_in(replicas[0], name) for name in ("ann", "bob"))
    for appliance, token in zip(replicas, (one, other), strict=True):
        me = await statuses([appliance], token, REQUESTS, "GET", "/api/v1/auth/me")
        assert me.count(200) == REQUESTS
