"""No route reads more of a body than the cap, however the body is sent."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send
from tests.api.conftest import house  # noqa: F401
from tests.api.house import OPERATOR_TOKEN, House
from tests.security.test_routes import CLASSIFIED, filled

from on_prem_rag.api.middleware import body_limit
from on_prem_rag.api.middleware.body_limit import MAX_OTHER_BYTES, MULTIPART_SLACK

PIECE = b"a" * 65_536
UPLOAD = "POST /api/v1/collections/{collection_id}/documents"
KINDS = ("application/json", "multipart/form-data; boundary=x", "text/plain")
ENDLESS = 16 * 1024**2


class EndlessBody:
    """A request whose chunked body never ends, up to where a test gives up."""

    def __init__(self, route: str, kind: str) -> None:
        method, path = filled(route)
        self.received = 0
        self.status: int | None = None
        headers = {
            "host": "localhost",
            "authorization": f"Bearer {OPERATOR_TOKEN}",
            "content-type": kind,
            "transfer-encoding": "chunked",
        }
        self.scope: Scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("localhost", 80),
        }

    async def receive(self) -> Message:
        if self.received >= ENDLESS:
            return {"type": "http.disconnect"}
        self.received += len(PIECE)
        return {"type": "http.request", "body": PIECE, "more_body": True}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]


def sent(house: House, route: str, kind: str) -> EndlessBody:  # noqa: F811
    body = EndlessBody(route, kind)
    asyncio.run(house.app(body.scope, body.receive, body.send))
    return body


def _takes_a_body(route: str) -> bool:
    # Streams and pages of this machine are GETs, whose bodies nobody reads.
    return not route.startswith("GET ")


@pytest.mark.parametrize("route", sorted(filter(_takes_a_body, CLASSIFIED)))
def test_an_endless_body_is_cut_off(house: House, route: str) -> None:  # noqa: F811
    cap = MAX_OTHER_BYTES
    if route == UPLOAD:
        cap = house.appliance.settings.max_upload_bytes + MULTIPART_SLACK
    for kind in KINDS:
        body = sent(house, route, kind)
        assert body.status is not None
        assert body.received <= cap + len(PIECE), (kind, body.received)
        assert body.status < 500 or body.status == 503


@pytest.mark.parametrize("kind", KINDS)
def test_without_the_cap_it_would_be_read(
    house: House,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    async def uncapped(self: body_limit.BodyLimit, scope: Scope, get: Receive, put: Send) -> None:
        await self._app(scope, get, put)

    monkeypatch.setattr(body_limit.BodyLimit, "__call__", uncapped)
    assert sent(house, "POST /api/v1/auth/token", kind).received >= ENDLESS


def test_the_cap_is_told(house: House) -> None:  # noqa: F811
    for kind in KINDS:
        assert sent(house, "POST /api/v1/auth/token", kind).status == 413
