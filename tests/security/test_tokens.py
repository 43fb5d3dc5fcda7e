"""Whatever is not a living token of ours gets the same 401 on every route, and leaves no trace."""

from __future__ import annotations

import base64
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from tests.api.conftest import house  # noqa: F401 - a fixture
from tests.api.house import PASSWORD, House, make_settings, open_house
from tests.forged_tokens import encode, forge, good_claims, sign

from on_prem_rag.auth.models import RefreshToken
from on_prem_rag.auth.tokens import AUDIENCE, ISSUER, TYPE
from on_prem_rag.bootstrap.parts import secret_keys
from on_prem_rag.db.base import utc_now

ROUTES = [
    ("GET", "/api/v1/auth/me"),
    ("GET", "/api/v1/documents"),
    ("POST", "/api/v1/search"),
    ("DELETE", "/api/v1/documents/0"),
    ("GET", "/api/v1/users"),
    ("GET", "/v1/models"),
]
FAR = 2**40
JSON_HEAD = {"alg": "HS256", "typ": TYPE}


@dataclass(frozen=True)
class Forger:
    """Knows the real secret and a living session: only what it changes is wrong."""

    secret: str
    sub: str
    sid: str
    other_sid: str
    gone: tuple[str, str]
    """Ids of a disabled and of a deleted user."""
    public_key: str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END"

    def token(self, **changes: Any) -> str:
        return forge(self.secret, **{"sub": self.sub, "sid": self.sid, **changes})

    def claims(self, **changes: Any) -> dict[str, Any]:
        return good_claims(**{"sub": self.sub, "sid": self.sid, **changes})

    def header(self, **fields: Any) -> str:
        return self.token(header=fields)

    def raw(self, head: object, body: object) -> str:
        return sign(head, body, self.secret)


Make = Callable[[Forger], str]
CLAIMS: list[dict[str, Any]] = [
    *({"exp": v} for v in ("9999999999", 9e9, float("inf"), float("nan"), -1, FAR, True, [FAR])),
    *({"exp": v} for v in (None, {}, 1, 10**400)),
    *({"nbf": v} for v in ("0", 0.5, float("-inf"), FAR, True, [0], None)),
    *({"iat": v} for v in ("0", 0.5, float("nan"), -1, False, [0], None, FAR)),
    *({"iss": v} for v in ("", "someone-else", [ISSUER], None, ISSUER.upper())),
    *({"aud": v} for v in ("", "another-api", [AUDIENCE], {AUDIENCE: 1}, None)),
    *({"sub": v} for v in ("", "nobody", 7, None, ["x"], "' OR '1'='1", "a\x00b", "🦉")),
    *({"epoch": v} for v in ("0", -1, 1, FAR, 0.0, False, None)),
    *({"sid": v} for v in ("", "unknown", 7, None, "../x")),
    *({"jti": v} for v in ("", 1, None)),
]
HEADERS: list[dict[str, Any]] = [
    *({"alg": v} for v in ("none", "None", "NONE", "nOnE", "", None, 0, ["HS256"], "hs256")),
    *({"alg": v} for v in ("HS384", "HS512", "RS256", "ES256", "PS256", "EdDSA", "dir")),
    *({"typ": v} for v in ("JWT", "jwt", None, "refresh+jwt", "id+jwt", TYPE.upper())),
    *({"crit": v} for v in (["exp"], [], ["b64"], "exp", None)),
    *({"kid": v} for v in ("", "../../../../dev/null", "/etc/passwd", "' UNION SELECT 'k' --")),
    *({"kid": v} for v in (None, 7, [], {}, "a\x00", "http://127.0.0.1:9/key")),
    {"b64": False, "crit": ["b64"]},
]
REMOTE: list[dict[str, Any]] = [
    {"jku": "http://127.0.0.1:9/keys.json"},
    {"x5u": "http://127.0.0.1:9/cert.pem"},
    {"jwk": {"kty": "oct", "k": encode(b"a key of the forger's own, 32 bytes")}},
    {"x5c": ["MIIB"]},
]
"""Keys the header brings along: signed with those, not with ours."""
FORGERS_KEY = "a key of the forger's own, 32 bytes"


def shapes(forger: Forger) -> dict[str, str]:
    """What is wrong as a whole, by name."""
    good = forger.token()
    head, body, mac = good.split(".")
    claims = json.dumps(forger.claims())
    twice = claims[:-1] + ', "exp": 1, "sub": "nobody"}'
    turned = base64.b64encode(base64.urlsafe_b64decode(mac + "==")).decode()
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return {
        "unsigned": f"{encode({'alg': 'none', 'typ': TYPE})}.{body}.",
        "signature left out": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "one part": head,
        "another key": forge(FORGERS_KEY, sub=forger.sub, sid=forger.sid),
        "public key as secret": forge(forger.public_key, sub=forger.sub, sid=forger.sid),
        "empty key": forge("", sub=forger.sub, sid=forger.sid),
        "HS512 by our key": sign({**JSON_HEAD, "alg": "HS512"}, claims.encode(), forger.secret),
        "claims exchanged": f"{head}.{encode(forger.claims(sub='root'))}.{mac}",
        "header exchanged": f"{encode({**JSON_HEAD, 'x': 1})}.{body}.{mac}",
        "claims twice": forger.raw(JSON_HEAD, twice.encode()),
        "header twice": forger.raw(
            f'{{"alg":"HS256","typ":"{TYPE}","alg":"none"}}'.encode(), claims.encode()
        ),
        "claims are a list": forger.raw(JSON_HEAD, [claims]),
        "claims are text": forger.raw(JSON_HEAD, "claims"),
        "claims are no JSON": forger.raw(JSON_HEAD, b"exp=1"),
        "claims are empty": forger.raw(JSON_HEAD, b""),
        "claims in UTF-16": forger.raw(JSON_HEAD, claims.encode("utf-16") + b"\xff"),
        "header is a list": forger.raw([JSON_HEAD], claims.encode()),
        "deep JSON": forger.raw(JSON_HEAD, b'{"a":' * 500 + b"1" + b"}" * 500),
        "deep header": forger.raw(b"[" * 1500, claims.encode()),
        "nested token": forger.raw({**JSON_HEAD, "cty": "JWT"}, good.encode()),
        "encrypted": f"{encode({'alg': 'dir', 'enc': 'A256GCM'})}..{encode(b'iv')}.{body}.{mac}",
        "four parts": f"{good}.{mac}",
        "extra dot in front": f".{good}",
        "extra dot behind": f"{good}.",
        "two dots": good.replace(".", "..", 1),
        "padding": f"{good}==",
        "padded claims": f"{head}.{body}=.{mac}",
        "signature in plain base64": f"{head}.{body}.{turned}",
        "signature not canonical": good[:-1] + last[last.index(good[-1]) ^ 1],
        "signature cut": good[:-4],
        "cut in the claims": good[: len(head) + 20],
        "cut in the header": good[:10],
        "first letter missing": good[1:],
        "letter exchanged": f"{head}.{body[:30]}{'A' if body[30] != 'A' else 'B'}{body[31:]}.{mac}",
        "space within": f"{head}. {body}.{mac}",
        "tab within": f"{head}.{body}\t.{mac}",
        "twice": f"{good} {good}",
        "two with a comma": f"{good},{good}",
        "in quotes": f'"{good}"',
        "percent-encoded": good.replace(".", "%2E"),
        "full-width dots": good.replace(".", "\uff0e"),
        "long": good + "A" * 5000,
        "very long": f"{head}.{'A' * 50_000}.{mac}",
        "like an API key": "rag_" + "A" * 43,
        "another like an API key": f"rag_{good}",
        "dots": "..",
        "the word null": "null",
    }


FORGED: dict[str, Make] = {
    **{f"claim {c!r}"[:60] + f" #{n}": lambda f, c=c: f.token(**c) for n, c in enumerate(CLAIMS)},  # type: ignore[misc]
    **{
        f"header {h!r}"[:60] + f" #{n}": lambda f, h=h: f.header(**h) for n, h in enumerate(HEADERS)
    },  # type: ignore[misc]
    **{
        f"header {next(iter(h))} by its key": lambda f, h=h: forge(  # type: ignore[misc]
            FORGERS_KEY, header=h, sub=f.sub, sid=f.sid
        )
        for h in REMOTE
    },
    **{
        f"without {name}": lambda f, name=name: f.token(drop=name)  # type: ignore[misc]
        for name in ("exp", "iat", "nbf", "iss", "aud", "sub", "jti", "sid", "epoch")
    },
    "someone else's session": lambda f: f.token(sid=f.other_sid),
    "disabled user": lambda f: f.token(sub=f.gone[0]),
    "deleted user": lambda f: f.token(sub=f.gone[1]),
}
SHAPES = tuple(shapes(Forger("x" * 32, "s", "f", "o", ("d", "g"))))


@pytest.fixture(scope="session")
def forger(house: House) -> Forger:  # noqa: F811
    users = house.appliance.auth.users
    ids = [users.create(f"tok-{n}", password=PASSWORD)[0].id for n in ("a", "b", "off", "gone")]
    pairs = [house.appliance.auth.login(f"tok-{n}", PASSWORD, address="test") for n in ("a", "b")]
    users.update(ids[2], disabled=True)
    house.appliance.user_removal.delete(ids[3])
    verify = house.appliance.auth._tokens.verify
    own, other = (verify(pair.access_token).family_id for pair in pairs)
    [secret, *_] = secret_keys(house.appliance.settings)
    return Forger(secret, ids[0], own, other, (ids[2], ids[3]))


def ask(house: House, value: str | bytes, route: tuple[str, str] = ROUTES[0]) -> httpx.Response:  # noqa: F811
    raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    headers = [(b"X-Request-ID", b"the-same-request"), (b"Authorization", raw)]
    with house.client() as client:
        return client.request(*route, headers=headers)


def test_there_are_more_than_sixty() -> None:
    assert len(FORGED) + len(SHAPES) >= 150


def test_a_token_the_forger_changed_nothing_in_is_good(house: House, forger: Forger) -> None:  # noqa: F811
    for scheme in ("Bearer", "bearer", "BEARER"):
        answer = ask(house, f"{scheme} {forger.token()}")
        assert answer.status_code == 200, answer.text
        assert answer.json()["username"] == "tok-a"


@pytest.fixture(scope="session")
def refused(house: House) -> dict[tuple[str, str], tuple[int, dict[str, str], bytes]]:  # noqa: F811
    """What each route says to a token that is plainly none."""
    return {route: told(ask(house, "Bearer nonsense", route)) for route in ROUTES}


def told(response: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    counting = ("date", "ratelimit")
    headers = {name: value for name, value in response.headers.items() if name not in counting}
    return response.status_code, headers, response.content


@pytest.mark.parametrize("name", [*FORGED, *SHAPES])
def test_a_forged_token_is_refused_like_any_other(
    house: House,  # noqa: F811
    forger: Forger,
    refused: dict[tuple[str, str], tuple[int, dict[str, str], bytes]],
    name: str,
) -> None:
    token = FORGED[name](forger) if name in FORGED else shapes(forger)[name]
    route = ROUTES[hash_of(name) % len(ROUTES)]
    for asked in {ROUTES[0], route}:
        status, headers, body = told(ask(house, f"Bearer {token}", asked))
        assert (status, headers, body) == refused[asked]
    assert refused[ROUTES[0]][0] == 401
    if len(token) > 8:
        assert token not in house.log.getvalue()
        assert token[-12:] not in house.log.getvalue()


def hash_of(name: str) -> int:
    return sum(name.encode())


@pytest.mark.parametrize(
    "value",
    [
        b"Bearer \x80\xff\xfe",
        b"Bearer " + "é.é.é".encode("latin-1"),
        b"Bearer",
        b"Basic dXNlcjpwYXNz",
        b"Digest username=root",
        b"Negotiate YII=",
        b"DPoP {token}",
        b"Token {token}",
        b"JWT {token}",
        b"{token}",
        b"Bearer:{token}",
        b"Bearer={token}",
        b"Bearer Bearer {token}",
    ],
)
def test_another_scheme_is_refused(house: House, forger: Forger, value: bytes) -> None:  # noqa: F811
    for route in ROUTES:
        answer = ask(house, value.replace(b"{token}", forger.token().encode()), route)
        assert answer.status_code == 401, (route, answer.text)
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["error"]["code"] == "unauthenticated"


def test_a_megabyte_of_token_is_refused(house: House, forger: Forger) -> None:  # noqa: F811
    with house.client("A" * 2**20) as client:
        try:
            status = client.get("/api/v1/auth/me").status_code
        except (httpx.RemoteProtocolError, httpx.WriteError, httpx.ReadError):
            status = 400  # the server hangs up before it has read so long a header
    assert 400 <= status < 500
    assert ask(house, f"Bearer {forger.token()}").status_code == 200


def test_the_right_token_in_the_wrong_place_is_refused(house: House, forger: Forger) -> None:  # noqa: F811
    token = forger.token()
    with house.client() as client:
        for options in (
            {"params": {"access_token": token, "token": token}},
            {"headers": {"X-Authorization": f"Bearer {token}", "X-API-Key": token}},
        ):
            assert client.get("/api/v1/auth/me", **options).status_code == 401  # type: ignore[arg-type]


ENDINGS: dict[str, Callable[[House, str, httpx.Client], object]] = {
    "disabled": lambda h, i, _: h.appliance.auth.users.update(i, disabled=True),
    "another role": lambda h, i, _: h.appliance.auth.users.update(i, role="admin"),
    "password reset": lambda h, i, _: h.appliance.auth.users.reset_password(i),
    "deleted": lambda h, i, _: h.appliance.user_removal.delete(i),
    "signed out everywhere": lambda _h, _i, c: c.post("/api/v1/auth/logout-everywhere"),
    "signed out": lambda _h, _i, c: c.post("/api/v1/auth/logout"),
}
_numbers = itertools.count()


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_living_token_ends_at_the_next_request(house: House, ending: str) -> None:  # noqa: F811
    name = f"ends-{next(_numbers)}"
    user, _ = house.appliance.auth.users.create(name, password=PASSWORD)
    pair = house.appliance.auth.login(name, PASSWORD, address="test")
    with house.client(pair.access_token) as client, house.client() as anyone:
        assert client.get("/api/v1/auth/me").status_code == 200
        ENDINGS[ending](house, user.id, client)
        assert client.get("/api/v1/auth/me").status_code == 401
        assert client.post("/api/v1/search", json={"query": "x"}).status_code == 401
        body = {"refresh_token": pair.refresh_token}
        assert anyone.post("/api/v1/auth/refresh", json=body).status_code == 401


def test_an_old_refresh_token_ends_the_whole_sign_in(house: House) -> None:  # noqa: F811
    name = f"ends-{next(_numbers)}"
    house.appliance.auth.users.create(name, password=PASSWORD)
    first = house.appliance.auth.login(name, PASSWORD, address="test")
    apart = house.appliance.auth.login(name, PASSWORD, address="test")
    with house.client() as anyone:

        def refresh(token: str) -> httpx.Response:
            return anyone.post("/api/v1/auth/refresh", json={"refresh_token": token})

        second = refresh(first.refresh_token).json()
        with house.appliance.database.write() as session:
            long_ago = utc_now() - timedelta(minutes=1)
            used = update(RefreshToken).where(RefreshToken.used_at.is_not(None))
            session.execute(used.values(used_at=long_ago))
        assert refresh(first.refresh_token).status_code == 401
        assert refresh(second["refresh_token"]).status_code == 401
        for token, status in (
            (first.access_token, 401),
            (second["access_token"], 401),
            (apart.access_token, 200),
        ):
            assert ask(house, f"Bearer {token}").status_code == status


def test_keys_rotate_under_a_living_session(tmp_path: Path) -> None:
    old, new = "the old secret of this test and no more", "the new secret of this test and no more"
    with open_house(make_settings(tmp_path, jwt_secret=old)) as house:  # noqa: F811
        house.appliance.auth.users.create("kim", password=PASSWORD)
        pair = house.appliance.auth.login("kim", PASSWORD, address="test")
    with open_house(make_settings(tmp_path, jwt_secret=f"{new},{old}")) as house:
        assert ask(house, f"Bearer {pair.access_token}").status_code == 200
        claims = house.appliance.auth._tokens.verify(pair.access_token)
        stolen = forge(old, sub=claims.user_id, sid=claims.family_id)
        assert ask(house, f"Bearer {stolen}").status_code == 401, "without a kid only the new one"
        renewed = house.appliance.auth.refresh(pair.refresh_token)
    with open_house(make_settings(tmp_path, jwt_secret=new)) as house:
        assert ask(house, f"Bearer {pair.access_token}").status_code == 401
        assert ask(house, f"Bearer {renewed.access_token}").status_code == 200


def test_a_token_lives_no_longer_than_it_says(house: House, forger: Forger) -> None:  # noqa: F811
    now = int(time.time())
    ended = forger.token(iat=now - 700, nbf=now - 700, exp=now - 100)
    assert ask(house, f"Bearer {ended}").status_code == 401
    longer = forger.token(exp=now + 3600)
    assert ask(house, f"Bearer {longer}").status_code == 401
