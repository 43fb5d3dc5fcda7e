"""Access tokens: short JWTs, made and checked by the rules of RFC 8725.

python-jose by itself accepts missing ``exp`` and ``aud``, any ``typ`` and short keys, and lets
OverflowError escape, so every claim and header is required and checked here. The algorithm is fixed
by the server; the token's header only has to agree.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jose import jwk, jwt
from jose.backends.base import Key
from jose.exceptions import JOSEError

from on_prem_rag.config import MIN_SECRET_BYTES
from on_prem_rag.errors import ConfigurationError, Unauthenticated

ISSUER = "on-prem-rag"
AUDIENCE = "on-prem-rag-api"
TYPE = "at+jwt"
"""RFC 9068's type of an access token, so that no other JWT passes for one."""
MAX_TOKEN_CHARS = 4096
_LEEWAY = 5
_REQUIRED = ("exp", "iat", "nbf", "iss", "aud", "sub", "jti")
_OPTIONS: dict[str, Any] = {"leeway": _LEEWAY, **{f"require_{name}": True for name in _REQUIRED}}
_BROKEN = (
    JOSEError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a valid token says: whose it is, at which epoch, from which sign-in."""

    user_id: str
    epoch: int
    family_id: str
    expires_at: int


class AccessTokens:
    """Issues and verifies access tokens with one HMAC algorithm.

    ``secret`` signs; tokens of the ``earlier`` ones are still accepted, so that replacing a secret
    signs nobody out. ``lifetime`` is in seconds. Raises ConfigurationError for a secret
    below 32 bytes.
    """

    def __init__(
        self,
        secret: str,
        *,
        earlier: Sequence[str] = (),
        algorithm: str = "HS256",
        lifetime: int = 600,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = {_key_id(s): _make_key(s, algorithm) for s in (secret, *earlier)}
        self._key_id = _key_id(secret)
        self._algorithm = algorithm
        self._clock = clock
        self.lifetime = lifetime

    def issue(self, user_id: str, *, epoch: int, family_id: str) -> str:
        """A signed token for a user that dies after ``lifetime`` seconds or with the epoch."""
        now = int(self._clock())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user_id,
            "iat": now,
            "nbf": now,
            "exp": now + self.lifetime,
            "jti": str(uuid.uuid4()),
            "sid": family_id,
            "epoch": epoch,
        }
        headers = {"typ": TYPE, "kid": self._key_id}
        key = self._keys[self._key_id]
        return jwt.encode(claims, key, algorithm=self._algorithm, headers=headers)

    def verify(self, token: str) -> AccessClaims:
        """The claims of a valid token. Raises Unauthenticated for anything else."""
        try:
            return self._read(token)
        except _BROKEN:
            # One message for every flaw: the difference would only help a forger.
            raise Unauthenticated("The access token is not valid or has expired.") from None

    def _read(self, token: str) -> AccessClaims:
        if len(token) > MAX_TOKEN_CHARS:
            raise ValueError("token too long")
        _check_spelling(token)
        header = jwt.get_unverified_header(token)
        if header.get("alg") != self._algorithm or header.get("typ") != TYPE or "crit" in header:
            raise ValueError("header refused")
        claims = jwt.decode(
            token,
            self._keys[header.get("kid", self._key_id)],
            algorithms=[self._algorithm],
            audience=AUDIENCE,
            issuer=ISSUER,
            options=_OPTIONS,
        )
        _check_types(claims)
        if not 0 < claims["exp"] - claims["iat"] <= self.lifetime:
            raise ValueError("lives longer than any token of ours, or ends before it begins")
        return AccessClaims(claims["sub"], claims["epoch"], claims["sid"], claims["exp"])


def _key_id(secret: str) -> str:
    """Names a secret in a token's header without telling of it."""
    return hmac.new(secret.encode(), b"key id", hashlib.sha256).hexdigest()[:16]


def _make_key(secret: str, algorithm: str) -> Key:
    if len(secret.encode()) < MIN_SECRET_BYTES:
        raise ConfigurationError(f"JWT_SECRET is shorter than {MIN_SECRET_BYTES} bytes.")
    try:
        return jwk.construct(secret, algorithm)
    except JOSEError as error:
        raise ConfigurationError("JWT_SECRET cannot be used as a key.") from error


def _check_spelling(token: str) -> None:
    """One token has one spelling: python-jose also takes padding and stray bits at the end."""
    for part in token.split("."):
        decoded = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != part:
            raise ValueError("not in canonical base64")


def _check_types(claims: Mapping[str, Any]) -> None:
    for name in ("exp", "iat", "nbf", "epoch"):
        if type(claims[name]) is not int or claims[name] < 0:
            raise ValueError(f"{name} is not a natural number")
    for name in ("iss", "aud", "sub", "jti", "sid"):
        # Postgres takes no NUL in a text, not even to look for one.
        if not isinstance(claims[name], str) or not claims[name] or "\0" in claims[name]:
            raise ValueError(f"{name} is not text")
