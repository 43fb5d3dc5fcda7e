"""The hash chain: each event's hash covers its content and the hash before it.

HMAC-SHA256 (RFC 2104), so that who can write to the database but has no key cannot make a chain
that fits. Events, marks and texts are hashed under different prefixes: none passes for another.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64
"""What the first event names as the hash before it."""
HASHED = (
    "number",
    "time",
    "actor_id",
    "actor_name",
    "address",
    "request_id",
    "subject",
    "action",
    "target_type",
    "target_id",
    "outcome",
    "details",
    "previous_hash",
)


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the chain: an event's number and its hash."""

    number: int
    hash: str


START = Link(0, GENESIS)


class Chain:
    """Computes what only the holder of the key can."""

    def __init__(self, key: str) -> None:
        self._key = key.encode("utf-8", "surrogatepass")

    def event_hash(self, row: Mapping[str, Any]) -> str:
        """The hash of an event over the columns in HASHED."""
        content = {name: row[name] for name in HASHED}
        time: datetime = content["time"]
        content["time"] = time.astimezone(UTC).isoformat(timespec="microseconds")
        return self._mac("event", canonical_json(content))

    def mark_mac(self, name: str, link: Link) -> str:
        """The signature of a mark."""
        return self._mac("mark", canonical_json([name, link.number, link.hash]))

    def signs(self, name: str, link: Link, mac: str) -> bool:
        """Whether ``mac`` is the signature of that mark."""
        return hmac.compare_digest(self.mark_mac(name, link).encode(), mac.encode())

    def text_hash(self, text: str) -> str:
        """A keyed hash that stands for a text; letter case and white space do not count."""
        return self._mac("text", " ".join(text.casefold().split()))

    def _mac(self, purpose: str, content: str) -> str:
        data = f"{purpose}\n{content}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, data, hashlib.sha256).hexdigest()


def canonical_json(value: Any) -> str:
    """JSON in the one form that is hashed: sorted keys, no white space, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
