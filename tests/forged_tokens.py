"""Access tokens made without the code under test, good and bad."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from on_prem_rag.auth.tokens import AUDIENCE, ISSUER, TYPE


def encode(part: object) -> str:
    """A part of a token: bytes as they are, all else as JSON."""
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def good_claims(**claims: Any) -> dict[str, Any]:
    """Claims of a token that lives ten minutes."""
    now = int(time.time())
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "u1",
        "iat": now,
        "nbf": now,
        "exp": now + 600,
        "jti": "j1",
        "sid": "f1",
        "epoch": 0,
        **claims,
    }


def sign(head: object, body: object, secret: str, digest: str = "sha256") -> str:
    """A token of these two parts by HMAC."""
    signing_input = f"{encode(head)}.{encode(body)}"
    mac = hmac.new(secret.encode(), signing_input.encode(), getattr(hashlib, digest)).digest()
    return f"{signing_input}.{encode(mac)}"


def forge(
    secret: str, *, header: dict[str, Any] | None = None, drop: str = "", **claims: Any
) -> str:
    """A good token but for what is given."""
    payload = good_claims(**claims)
    payload.pop(drop, None)
    return sign({"alg": "HS256", "typ": TYPE, **(header or {})}, payload, secret)
