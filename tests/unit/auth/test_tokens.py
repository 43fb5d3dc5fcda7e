from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from tests import forged_tokens
from tests.forged_tokens import encode

from on_prem_rag.auth.tokens import AUDIENCE, ISSUER, TYPE, AccessTokens
from on_prem_rag.errors import ConfigurationError, Unauthenticated

SECRET = "a secret of the tests, longer than 32 bytes"


def forge(*, secret: str = SECRET, **changes: Any) -> str:
    return forged_tokens.forge(secret, **changes)


def test_a_token_of_ours_is_accepted_and_read_back() -> None:
    tokens = AccessTokens(SECRET, lifetime=300)
    claims = tokens.verify(tokens.issue("u1", epoch=3, family_id="f1"))
    assert (claims.user_id, claims.epoch, claims.family_id) == ("u1", 3, "f1")


def test_the_forger_used_below_makes_good_tokens() -> None:
    assert AccessTokens(SECRET).verify(forge()).user_id == "u1"


@pytest.mark.parametrize("name", ["exp", "iat", "nbf", "iss", "aud", "sub", "jti", "sid", "epoch"])
def test_every_claim_is_required(name: str) -> None:
    with pytest.raises(Unauthenticated):
        AccessTokens(SECRET).verify(forge(drop=name))


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": 1e400},
        {"exp": 10**400},
        {"exp": str(2**40)},
        {"exp": True},
        {"exp": 2**40},
        {"nbf": 2**40},
        {"iat": -1},
        {"iat": 2**40},
        {"iss": "someone-else"},
        {"iss": [ISSUER]},
        {"aud": "another-api"},
        {"aud": [AUDIENCE, "another-api"]},
        {"sub": ""},
        {"sub": 7},
        {"sub": "a\0b"},
        {"sid": "a\0b"},
        {"jti": None},
        {"epoch": "0"},
        {"epoch": False},
    ],
    ids=repr,
)
def test_a_claim_of_the_wrong_value_or_type_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        AccessTokens(SECRET).verify(forge(**claims))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS512"},
        {"alg": "RS256"},
        {"alg": None},
        {"typ": "JWT"},
        {"typ": None},
        {"crit": ["exp"]},
        {"crit": []},
    ],
    ids=repr,
)
def test_a_header_of_another_kind_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        AccessTokens(SECRET).verify(forge(header=header))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "é.é.é",
        "\ud800",
        "a" * 5000,
        f"{encode([])}.{encode({})}.x",
        f"{encode(b'[' * 2000)}.e30.x",
        f"{encode({'alg': 'HS256', 'typ': TYPE})}.{encode(b'nonsense')}.",
    ],
)
def test_what_is_not_a_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        AccessTokens(SECRET).verify(token)


@pytest.mark.parametrize("tail", ["=", "==", "A", "\n"])
def test_a_token_has_one_spelling(tail: str) -> None:
    with pytest.raises(Unauthenticated):
        AccessTokens(SECRET).verify(forge() + tail)


def test_another_key_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        AccessTokens(SECRET).verify(forge(secret="another secret that is long enough too"))


def test_a_token_dies_at_its_end() -> None:
    now = time.time()
    early = AccessTokens(SECRET, lifetime=60, clock=lambda: now - 120)
    with pytest.raises(Unauthenticated):
        AccessTokens(SECRET, lifetime=60).verify(early.issue("u1", epoch=0, family_id="f1"))


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        AccessTokens("x" * 31)
    AccessTokens("x" * 32)


NEWER = "the newer secret of the tests, long enough as well"


def header_of(token: str) -> dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(token.partition(".")[0] + "=="))


def test_tokens_outlive_the_change_of_the_secret_until_the_earlier_one_goes() -> None:
    old = AccessTokens(SECRET).issue("u1", epoch=0, family_id="f1")
    both = AccessTokens(NEWER, earlier=[SECRET])
    new = both.issue("u1", epoch=0, family_id="f1")
    assert both.verify(old).user_id == both.verify(new).user_id == "u1"
    only = AccessTokens(NEWER)
    assert only.verify(new).user_id == "u1"
    with pytest.raises(Unauthenticated):
        only.verify(old)
    assert header_of(old)["kid"] != header_of(new)["kid"]


@pytest.mark.parametrize("kid", ["", "nothing", None, 7, [], {}, "../secret"])
def test_an_unknown_key_id_is_refused(kid: object) -> None:
    with pytest.raises(Unauthenticated):
        AccessTokens(NEWER, earlier=[SECRET]).verify(forge(secret=NEWER, header={"kid": kid}))


def test_a_key_id_does_not_choose_another_secret() -> None:
    tokens = AccessTokens(NEWER, earlier=[SECRET])
    kid = header_of(AccessTokens(SECRET).issue("u1", epoch=0, family_id="f1"))["kid"]
    assert tokens.verify(forge(header={"kid": kid})).user_id == "u1"
    with pytest.raises(Unauthenticated):
        tokens.verify(forge(secret=NEWER, header={"kid": kid}))
    with pytest.raises(ConfigurationError):
        AccessTokens(NEWER, earlier=["short"])
