"""Every route is classified, and each class is held to what it promises."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from tests.api.conftest import (  # noqa: F401 - fixtures
    Library,
    admin,
    ann,
    anyone,
    auditor,
    bob,
    house,
    library,
    operator,
)
from tests.api.house import PASSWORD, House

from on_prem_rag.api.app import create_app
from on_prem_rag.api.page import PAGE, VIEWS
from on_prem_rag.auth.keys import SCOPES

PUBLIC = {
    "POST /api/v1/auth/token",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/session",
    "POST /api/v1/auth/session/refresh",
    "GET /health",
    "GET /ready",
    "GET /api/v1/branding",
    "GET /api/v1/branding/logo",
    "GET /api/v1/health",
    "GET /api/v1/ready",
    "GET /docs",
    "GET /redoc",
    "GET /openapi.json",
    "GET /docs-files",
    "GET /assets",
    *(f"GET {view}" for view in VIEWS),
}
LOCAL = {"GET /metrics"}
"""Without sign-in, but only from this machine."""
SIGNED_IN = {
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/logout-everywhere",
    "GET /api/v1/auth/me",
    "POST /api/v1/auth/password",
    "GET /api/v1/auth/session",
    "PUT /api/v1/auth/session/password",
    "DELETE /api/v1/auth/session",
    "GET /api/v1/collections",
    "POST /api/v1/collections",
    "GET /api/v1/collections/{collection_id}",
    "PATCH /api/v1/collections/{collection_id}",
    "DELETE /api/v1/collections/{collection_id}",
    "GET /api/v1/collections/{collection_id}/grants",
    "PUT /api/v1/collections/{collection_id}/grants",
    "DELETE /api/v1/collections/{collection_id}/grants/{grant_id}",
    "POST /api/v1/collections/{collection_id}/documents",
    "GET /api/v1/documents",
    "GET /api/v1/documents/{document_id}",
    "DELETE /api/v1/documents/{document_id}",
    "GET /api/v1/documents/{document_id}/status",
    "GET /api/v1/documents/{document_id}/chunks",
    "POST /api/v1/documents/{document_id}/retry",
    "POST /api/v1/documents/{document_id}/move",
    "GET /api/v1/documents/{document_id}/original",
    "GET /api/v1/documents/{document_id}/pages/{number}/image",
    "GET /api/v1/documents/{document_id}/pages/{number}/words",
    "GET /api/v1/jobs",
    "GET /api/v1/jobs/{job_id}",
    "POST /api/v1/jobs/{job_id}/cancel",
    "GET /api/v1/jobs/{job_id}/events",
    "POST /api/v1/search",
    "POST /api/v1/query",
    "GET /api/v1/conversations",
    "POST /api/v1/conversations",
    "GET /api/v1/conversations/folders",
    "GET /api/v1/conversations/{conversation_id}",
    "PATCH /api/v1/conversations/{conversation_id}",
    "DELETE /api/v1/conversations/{conversation_id}",
    "GET /api/v1/conversations/{conversation_id}/export",
    "POST /api/v1/conversations/{conversation_id}/fork",
    "GET /api/v1/conversations/{conversation_id}/shares",
    "PUT /api/v1/conversations/{conversation_id}/shares",
    "DELETE /api/v1/conversations/{conversation_id}/shares/{share_id}",
    "GET /api/v1/conversations/{conversation_id}/messages",
    "POST /api/v1/conversations/{conversation_id}/messages",
    "GET /api/v1/conversations/{conversation_id}/messages/{message_id}",
    "GET /api/v1/conversations/{conversation_id}/messages/{message_id}/events",
    "POST /api/v1/conversations/{conversation_id}/messages/{message_id}/cancel",
    "POST /api/v1/conversations/{conversation_id}/messages/{message_id}/regenerate",
    "POST /api/v1/conversations/{conversation_id}/messages/{message_id}/edit",
    "PUT /api/v1/conversations/{conversation_id}/messages/{message_id}/feedback",
    "GET /api/v1/api-keys",
    "POST /api/v1/api-keys",
    "DELETE /api/v1/api-keys/{key_id}",
    "GET /api/v1/models",
    "GET /v1/models",
    "POST /v1/chat/completions",
    "GET /api/v1/receipts",
    "GET /api/v1/receipts/{receipt_id}",
    "POST /api/v1/receipts/{receipt_id}/proof",
    "GET /api/v1/announcement",
    "GET /api/v1/principals",
}
OPEN_TO_KEYS = {
    "read": {
        "GET /api/v1/collections",
        "GET /api/v1/collections/{collection_id}",
        "GET /api/v1/documents",
        "GET /api/v1/documents/{document_id}",
        "GET /api/v1/documents/{document_id}/status",
        "GET /api/v1/documents/{document_id}/chunks",
        "GET /api/v1/documents/{document_id}/original",
        "GET /api/v1/documents/{document_id}/pages/{number}/image",
        "GET /api/v1/documents/{document_id}/pages/{number}/words",
        "GET /api/v1/jobs",
        "GET /api/v1/jobs/{job_id}",
        "GET /api/v1/jobs/{job_id}/events",
        "POST /api/v1/search",
    },
    "ask": {
        "POST /api/v1/query",
        "GET /api/v1/models",
        "GET /v1/models",
        "POST /v1/chat/completions",
        *(r for r in SIGNED_IN if "/conversations" in r),
    },
    "write": {
        "POST /api/v1/collections/{collection_id}/documents",
        "DELETE /api/v1/documents/{document_id}",
        "POST /api/v1/documents/{document_id}/retry",
        "POST /api/v1/documents/{document_id}/move",
        "POST /api/v1/jobs/{job_id}/cancel",
    },
}
"""What API keys may do, by scope; to every other route they are refused."""
ACCOUNT = {r for r in SIGNED_IN if "/api/v1/auth/" in r}
"""What is left to an auditor and to whoever still has a one-time password."""
RECEIPTS = {r for r in SIGNED_IN if "/api/v1/receipts" in r}
"""For whoever deleted, and for auditors."""
FOR_ALL = {"GET /api/v1/announcement"}
"""For everyone who signed in, auditors too."""
ADMIN = {
    "GET /api/v1/users",
    "POST /api/v1/users",
    "GET /api/v1/users/{user_id}",
    "PATCH /api/v1/users/{user_id}",
    "POST /api/v1/users/{user_id}/reset-password",
    "DELETE /api/v1/users/{user_id}",
    "GET /api/v1/service-accounts",
    "POST /api/v1/service-accounts",
    "PATCH /api/v1/service-accounts/{user_id}",
    "DELETE /api/v1/service-accounts/{user_id}",
    "GET /api/v1/groups",
    "POST /api/v1/groups",
    "GET /api/v1/groups/{group_id}",
    "PATCH /api/v1/groups/{group_id}",
    "DELETE /api/v1/groups/{group_id}",
    "GET /api/v1/groups/{group_id}/members",
    "PUT /api/v1/groups/{group_id}/members/{user_id}",
    "DELETE /api/v1/groups/{group_id}/members/{user_id}",
    "GET /api/v1/limits",
    "PATCH /api/v1/limits/{holder}/{holder_id}",
    "DELETE /api/v1/limits/{holder}/{holder_id}",
    "POST /api/v1/models/embedding/reindex",
    "GET /api/v1/check",
    "POST /api/v1/check",
    "DELETE /api/v1/check",
    "GET /api/v1/admin/overview",
    "GET /api/v1/admin/feedback",
    "GET /api/v1/admin/unanswered",
    "GET /api/v1/admin/settings",
    "PATCH /api/v1/admin/settings",
    "PUT /api/v1/admin/logo",
    "DELETE /api/v1/admin/logo",
    "POST /api/v1/admin/models/test",
}
AUDITOR = {
    "GET /api/v1/audit",
    "GET /api/v1/audit/export",
    "GET /api/v1/audit/head",
    "POST /api/v1/audit/verify",
}
"""For auditors and the operator; not for admins, whose deeds are in it."""
OPERATOR = {"POST /api/v1/evaluations", "POST /api/v1/audit/retention"}
"""For whoever holds the server's data directory."""
CLASSIFIED = PUBLIC | LOCAL | SIGNED_IN | ADMIN | AUDITOR | OPERATOR
BODIES = {
    "POST /api/v1/users": {"username": "eve"},
    "PATCH /api/v1/users/{user_id}": {"disabled": True},
    "POST /api/v1/service-accounts": {"username": "robot-of-routes"},
    "PATCH /api/v1/service-accounts/{user_id}": {"disabled": True},
    "POST /api/v1/groups": {"name": "auditors of the house"},
    "PATCH /api/v1/groups/{group_id}": {"name": "auditors"},
    "PATCH /api/v1/limits/{holder}/{holder_id}": {"queries_per_day": 5},
    "PATCH /api/v1/admin/settings": {"enterprise_name": "Routes"},
    "POST /api/v1/admin/models/test": {},
    "POST /api/v1/check": {},
    "POST /api/v1/evaluations": {"path": "/srv/golden"},
    "POST /api/v1/audit/retention": {"older_than_days": 30},
    "POST /api/v1/auth/token": {"username": "nobody", "password": "x"},
    "POST /api/v1/auth/refresh": {"refresh_token": "x"},
    "POST /api/v1/auth/session": {"username": "nobody", "password": "x"},
}


def routes_of(app: FastAPI) -> set[str]:
    """Every route as "METHOD /path", those left out of the documentation too."""
    found = set()
    for route in iter_route_contexts(app.routes):
        for method in (getattr(route, "methods", None) or {"GET"}) - {"HEAD"}:
            found.add(f"{method} {route.path}")
    return found


def filled(route: str) -> tuple[str, str]:
    method, path = route.split(" ")
    path = path.replace("{number}", "1").replace("{holder}", "users")
    return method, re.sub(r"{\w+}", lambda _: str(uuid.uuid4()), path)


def test_every_route_is_classified(house: House) -> None:  # noqa: F811
    assert routes_of(create_app(house.appliance)) == CLASSIFIED


def test_the_check_finds_an_unclassified_route(house: House) -> None:  # noqa: F811
    app = create_app(house.appliance)
    app.add_api_route("/api/v1/planted", lambda: None, include_in_schema=False)
    assert routes_of(app) - CLASSIFIED == {"GET /api/v1/planted"}


@pytest.mark.parametrize("route", sorted(SIGNED_IN | ADMIN | AUDITOR | OPERATOR))
def test_nobody_gets_in_without_a_token(anyone: httpx.Client, route: str) -> None:  # noqa: F811
    method, path = filled(route)
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}):
        response = anyone.request(method, path, headers=headers)
        assert response.status_code == 401, response.text
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.json()["error"]["code"] == "unauthenticated"


@pytest.mark.parametrize("route", sorted(AUDITOR))
def test_only_auditors_and_the_operator_read_the_audit_log(
    ann: httpx.Client,  # noqa: F811
    admin: httpx.Client,  # noqa: F811
    auditor: httpx.Client,  # noqa: F811
    operator: httpx.Client,  # noqa: F811
    route: str,
) -> None:
    method, path = filled(route)
    for client in (ann, admin):
        refused = client.request(method, path)
        assert refused.status_code == 403, refused.text
        assert refused.json()["error"]["code"] == "forbidden"
    for client in (auditor, operator):
        assert client.request(method, path).status_code == 200


@pytest.mark.parametrize("route", sorted(OPERATOR))
def test_only_the_operator_operates(
    ann: httpx.Client,  # noqa: F811
    admin: httpx.Client,  # noqa: F811
    operator: httpx.Client,  # noqa: F811
    route: str,
) -> None:
    method, path = filled(route)
    for client in (ann, admin):
        refused = client.request(method, path, json=BODIES.get(route))
        assert refused.status_code == 403, refused.text
    allowed = operator.request(method, path, json=BODIES.get(route))
    assert allowed.status_code not in (401, 403), allowed.text


@pytest.mark.parametrize("route", sorted(ADMIN))
def test_members_do_not_administer(
    ann: httpx.Client,  # noqa: F811
    admin: httpx.Client,  # noqa: F811
    route: str,
) -> None:
    method, path = filled(route)
    refused = ann.request(method, path, json=BODIES.get(route))
    assert refused.status_code == 403, refused.text
    assert refused.json()["error"]["code"] == "forbidden"
    allowed = admin.request(method, path, json=BODIES.get(route))
    assert allowed.status_code not in (401, 403), allowed.text


@pytest.fixture(scope="session")
def key_clients(house: House) -> Iterator[dict[str, httpx.Client]]:  # noqa: F811
    """Clients with an API key of an admin, by scope.

    Under ``not <scope>`` lies one that has every other scope.
    """
    users, keys = house.appliance.auth.users, house.appliance.auth.keys
    user, _ = users.create("keyholder", role="admin", password=PASSWORD)
    scopes = {s: [s] for s in SCOPES} | {f"not {s}": [o for o in SCOPES if o != s] for s in SCOPES}
    scopes["all"] = list(SCOPES)
    clients = {
        name: house.client(keys.create(user.id, name, wanted)[1]) for name, wanted in scopes.items()
    }
    yield clients
    for client in clients.values():
        client.close()


@pytest.mark.parametrize("route", sorted((SIGNED_IN - ACCOUNT) | ADMIN | OPERATOR))
def test_an_api_key_opens_what_its_scope_names_and_nothing_else(
    key_clients: dict[str, httpx.Client], route: str
) -> None:
    scope = next((s for s, routes in OPEN_TO_KEYS.items() if route in routes), None)
    method, path = filled(route)
    refused = key_clients["all" if scope is None else f"not {scope}"]
    response = refused.request(method, path, json=BODIES.get(route))
    assert response.status_code == 403, response.text
    assert "API key" in response.json()["error"]["message"]
    if scope is not None:
        allowed = key_clients[scope].request(method, path, json=BODIES.get(route))
        assert allowed.status_code not in (401, 403), allowed.text


def test_an_api_key_says_whose_it_is_and_changes_no_password(
    key_clients: dict[str, httpx.Client],
) -> None:
    client = key_clients["all"]
    assert client.get("/api/v1/auth/me").json()["username"] == "keyholder"
    body = {"current_password": PASSWORD, "new_password": "another four words"}
    assert client.post("/api/v1/auth/password", json=body).status_code == 403
    assert client.post("/api/v1/auth/logout").status_code == 204
    assert client.get("/api/v1/auth/me").status_code == 200
    assert not client.get("/api/v1/health").json().get("checks"), "details are for a sign-in"


@pytest.mark.parametrize(
    "route", sorted(SIGNED_IN - ACCOUNT - RECEIPTS - FOR_ALL | ADMIN | OPERATOR)
)
def test_an_auditor_reads_nothing_but_the_audit_log(
    auditor: httpx.Client,  # noqa: F811
    belongings: dict[str, str],
    route: str,
) -> None:
    method, path = route.split(" ")
    known = set(belongings)
    path = path.replace("{holder}", "users")
    path = re.sub(r"{(\w+)}", lambda m: m[0] if m[1] in known else str(uuid.uuid4()), path)
    refused = auditor.request(method, path.format(**belongings), json=BODIES.get(route))
    assert refused.status_code == 403, refused.text
    error = refused.json()
    # Under /v1 an error has OpenAI's form, with the same code.
    assert error["error"]["code"] == "forbidden"


def test_an_auditor_keeps_their_own_account(auditor: httpx.Client) -> None:  # noqa: F811
    assert auditor.get("/api/v1/auth/me").json()["role"] == "auditor"


@pytest.mark.parametrize("route", sorted(PUBLIC))
def test_public_routes_ask_for_no_token(anyone: httpx.Client, route: str) -> None:  # noqa: F811
    method, path = filled(route)
    path = f"{path}/swagger-ui.css" if path == "/docs-files" else path
    if path == "/assets":
        path = f"/assets/{next((PAGE / 'assets').iterdir()).name}"
    own_page = {"Origin": str(anyone.base_url).rstrip("/")}
    response = anyone.request(method, path, json=BODIES.get(route), headers=own_page)
    if path.endswith(("/token", "/refresh", "/session")):
        assert response.json()["error"]["code"] == "unauthenticated"
        assert "access token" not in response.json()["error"]["message"]
    elif path.endswith("/logo"):
        assert response.status_code == 404, "there is none here"
    else:
        assert response.status_code == 200, response.text


@pytest.mark.parametrize("route", sorted(SIGNED_IN))
def test_a_one_time_password_opens_nothing_but_its_change(
    house: House,  # noqa: F811
    route: str,
) -> None:
    users = house.appliance.auth.users
    user = next((u for u in users.list(limit=200)[0] if u.username == "new"), None)
    user = user or users.create("new")[0]
    one_time = users.reset_password(user.id)
    pair = house.appliance.auth.login("new", one_time, address="test")
    method, path = filled(route)
    with house.client(pair.access_token) as client:
        response = client.request(method, path)
    if "/auth/" in path:
        assert response.status_code in (200, 204, 422)
    else:
        assert response.status_code == 403
        assert response.json()["error"]["code"] == "password_change_required"


@pytest.fixture(scope="session")
def belongings(
    ann: httpx.Client,  # noqa: F811
    admin: httpx.Client,  # noqa: F811 - whom the conversation is shared with
    library: Library,  # noqa: F811
) -> dict[str, str]:
    """Ids of things of Ann's that Bob may not read."""
    conversation = ann.post("/api/v1/conversations", json={}).json()
    place = f"/api/v1/conversations/{conversation['id']}/messages"
    asked = ann.post(place, json={"content": "When does the lease end?"}).json()
    ann.get(asked["events_url"])
    job = ann.get("/api/v1/jobs", params={"document_id": library.document_id}).json()["items"][0]
    spare = ann.post("/api/v1/conversations", json={}).json()["id"]
    receipt = ann.delete(f"/api/v1/conversations/{spare}").json()
    key = ann.post("/api/v1/api-keys", json={"name": "Ann's", "scopes": ["read"]}).json()
    grant = ann.put(
        f"/api/v1/collections/{library.collection_id}/grants",
        json={"principal": "ann", "level": "reader"},
    ).json()
    share = ann.put(
        f"/api/v1/conversations/{conversation['id']}/shares", json={"principal": "root"}
    ).json()
    return {
        "collection_id": library.collection_id,
        "document_id": library.document_id,
        "job_id": job["id"],
        "grant_id": grant["id"],
        "key_id": key["api_key"]["id"],
        "conversation_id": conversation["id"],
        "share_id": share["id"],
        "message_id": asked["answer_id"],
        "receipt_id": receipt["id"],
        "number": "1",
    }


VALID = {
    "PUT /api/v1/conversations/{conversation_id}/shares": {"json": {"principal": "bob"}},
    "POST /api/v1/documents/{document_id}/move": {"json": {"collection_id": "another"}},
    "PATCH /api/v1/collections/{collection_id}": {"json": {"name": "Mine now"}},
    "PUT /api/v1/collections/{collection_id}/grants": {
        "json": {"principal": "bob", "level": "manager"}
    },
    "POST /api/v1/collections/{collection_id}/documents": {"files": {"file": ("a.txt", b"a")}},
    "PATCH /api/v1/conversations/{conversation_id}": {"json": {"title": "Mine now"}},
    "POST /api/v1/conversations/{conversation_id}/messages": {"json": {"content": "What?"}},
    "POST /api/v1/conversations/{conversation_id}/fork": {"json": {}},
    "POST /api/v1/conversations/{conversation_id}/messages/{message_id}/edit": {
        "json": {"content": "What else?"}
    },
    "PUT /api/v1/conversations/{conversation_id}/messages/{message_id}/feedback": {
        "json": {"rating": 1}
    },
}


@pytest.mark.parametrize("route", sorted(r for r in SIGNED_IN if "{" in r))
def test_what_is_forbidden_looks_like_what_does_not_exist(
    bob: httpx.Client,  # noqa: F811
    belongings: dict[str, str],
    route: str,
) -> None:
    method, path = route.split(" ")
    answers = []
    for ids in (belongings, dict.fromkeys(belongings, str(uuid.uuid4())) | {"number": "1"}):
        response = bob.request(
            method,
            path.format(**ids),
            headers={"X-Request-ID": "the-same-request"},
            **VALID.get(route, {}),
        )
        # What is left of a limit differs with every request, whatever is asked.
        headers = {k: v for k, v in response.headers.items() if k not in ("date", "ratelimit")}
        answers.append((response.status_code, headers, response.content))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


def test_the_comparison_would_see_a_difference(
    ann: httpx.Client,  # noqa: F811
    belongings: dict[str, str],
) -> None:
    for route in (r for r in SIGNED_IN if r.startswith("GET") and "{" in r):
        found = ann.get(route.split(" ")[1].format(**belongings))
        assert found.status_code == 200, (route, found.text)


def test_lists_and_searches_show_a_stranger_nothing(
    bob: httpx.Client,  # noqa: F811
    belongings: dict[str, str],
) -> None:
    for path in (f"/api/v1/{name}" for name in ("documents", "jobs", "conversations", "receipts")):
        assert bob.get(path).json()["items"] == []
    given = {"collection_ids": [belongings["collection_id"]]}
    unknown = {"collection_ids": [str(uuid.uuid4())]}
    answers = [
        bob.post(
            "/api/v1/search",
            json={"query": "lease office June", **bounds},
            headers={"X-Request-ID": "the-same-request"},
        ).content
        for bounds in (given, unknown)
    ]
    assert answers[0] == answers[1]
    found = bob.post("/api/v1/search", json={"query": "lease office June"}).json()
    assert found["passages"] == []
    answer = bob.post("/api/v1/query", json={"query": "When does the lease end?"}).json()
    assert answer["mode"] == "not_found"
    assert answer["passages"] == []


def test_names_are_told_to_whoever_is_signed_in_and_nothing_else_of_anyone(
    bob: httpx.Client,  # noqa: F811
    belongings: dict[str, str],
) -> None:
    response = bob.get("/api/v1/principals", params={"search": "ann"})
    assert {"kind": "user", "name": "ann"} in response.json()["items"]
    assert all(set(item) == {"kind", "name"} for item in response.json()["items"])
    assert not [known for known in belongings.values() if len(known) > 1 and known in response.text]


def test_metrics_are_for_this_machine_alone(house: House) -> None:  # noqa: F811
    import asyncio

    async def get(address: str) -> int:
        transport = httpx.ASGITransport(create_app(house.appliance), client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.get("/metrics")).status_code

    assert asyncio.run(get("127.0.0.1")) == 200
    assert asyncio.run(get("::1")) == 200
    assert asyncio.run(get("192.168.1.7")) == 404


def test_the_operators_token_works_only_from_this_machine(house: House) -> None:  # noqa: F811
    import asyncio

    async def get(address: str, token: str) -> int:
        app = create_app(house.appliance, operator_token="the right one")
        transport = httpx.ASGITransport(app, client=(address, 1))
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", headers=headers
        ) as client:
            return (await client.get("/api/v1/auth/me")).status_code

    assert asyncio.run(get("127.0.0.1", "the right one")) == 200
    assert asyncio.run(get("192.168.1.7", "the right one")) == 401
    assert asyncio.run(get("127.0.0.1", "the wrong one")) == 401
