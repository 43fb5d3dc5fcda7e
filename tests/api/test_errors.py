from __future__ import annotations

import asyncio
import re

import httpx
import pytest
from tests.api.house import OPERATOR_TOKEN, House

from on_prem_rag.api.app import create_app


def shape(response: httpx.Response) -> dict:
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "hint", "request_id"}
    assert body["error"]["request_id"] == response.headers["x-request-id"]
    assert body["error"]["hint"]
    return body["error"]


def test_every_kind_of_error_has_the_one_shape(ann: httpx.Client, anyone: httpx.Client) -> None:
    assert shape(anyone.get("/nowhere"))["code"] == "not_found"
    assert shape(anyone.delete("/health"))["code"] == "method_not_allowed"
    assert shape(anyone.get("/api/v1/auth/me"))["code"] == "unauthenticated"
    assert shape(ann.get("/api/v1/documents/none"))["code"] == "document_not_found"
    refused = shape(ann.get("/api/v1/documents", params={"limit": "many"}))
    assert refused["code"] == "invalid_input"
    assert refused["message"].startswith("limit: ")
    broken = ann.post(
        "/api/v1/collections", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert "JSON" in shape(broken)["message"]
    unknown = ann.post("/api/v1/collections", json={"name": "x", "colour": "red"})
    assert shape(unknown)["message"].startswith("colour: ")


def test_a_method_that_is_not_allowed_says_which_are(anyone: httpx.Client) -> None:
    response = anyone.delete("/api/v1/auth/token")
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


def test_a_request_id_is_taken_over_when_it_is_a_plain_one(anyone: httpx.Client) -> None:
    given = anyone.get("/nowhere", headers={"X-Request-ID": "abc-12345"})
    assert shape(given)["request_id"] == "abc-12345"
    for odd in ("short", "x" * 65, "a b c d e f g", '"quoted-id"'):
        made = anyone.get("/nowhere", headers={"X-Request-ID": odd})
        assert re.fullmatch(r"[0-9a-f]{32}", shape(made)["request_id"])


def test_every_response_carries_the_security_headers(
    anyone: httpx.Client, ann: httpx.Client
) -> None:
    for response in (anyone.get("/health"), anyone.get("/nowhere"), ann.get("/api/v1/documents")):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["content-security-policy"].startswith("default-src 'none'")
        assert response.headers["cache-control"] == "no-store"
        assert "server" not in response.headers or response.headers["server"] == "uvicorn"
        assert "access-control-allow-origin" not in response.headers


def test_an_unexpected_failure_tells_nothing_but_its_number(house: House) -> None:
    app = create_app(house.appliance)

    @app.get("/planted")
    def planted() -> None:
        raise ValueError("secret inner state")

    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/planted")

    response = asyncio.run(get())
    assert response.status_code == 500
    assert shape(response)["code"] == "internal"
    assert "secret" not in response.text
    log = house.log.getvalue()
    assert response.headers["x-request-id"] in log
    assert "ValueError" in log
    assert "secret inner state" not in log


def test_the_documentation_pages_need_no_other_machine(anyone: httpx.Client) -> None:
    for path in ("/docs", "/redoc"):
        page = anyone.get(path)
        for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
            assert address.startswith("/"), address
            assert anyone.get(address).status_code == 200
        policy = page.headers["content-security-policy"]
        assert "https:" not in policy
        assert "script-src 'self'" in policy
        assert "'unsafe-inline'" not in policy.split("style-src")[0]


def test_the_openapi_document_is_complete(anyone: httpx.Client) -> None:
    document = anyone.get("/openapi.json").json()
    ids = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            ids.append(operation["operationId"])
            assert operation.get("summary"), where
            assert operation.get("description"), where
            errors = {code: r for code, r in operation["responses"].items() if code[0] in "45"}
            if path.startswith(("/api", "/v1")):
                assert errors, where
            for response in errors.values():
                assert response["content"]["application/json"]["schema"], where
            public = path.startswith(
                ("/health", "/ready", "/metrics", "/api/v1/branding")
            ) or path.endswith(("/token", "/refresh"))
            if not public and where != "post /api/v1/auth/session":
                assert operation["security"] == [{"HTTPBearer": []}, {"Session": []}], where
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z_]+", name) for name in ids)
    examples = [s for s in document["components"]["schemas"].values() if "examples" in s]
    assert len(examples) >= 5


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "localhost.evil.example"])
def test_a_foreign_host_is_refused(house: House, host: str) -> None:
    with house.client(OPERATOR_TOKEN) as client:
        refused = client.get("/api/v1/auth/me", headers={"Host": host})
        assert refused.status_code == 400
        assert shape(refused)["code"] == "host_not_allowed"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:80", "[::1]:8000", "10.1.2.3"])
def test_our_own_names_and_figures_are_accepted(anyone: httpx.Client, host: str) -> None:
    assert anyone.get("/health", headers={"Host": host}).status_code == 200
