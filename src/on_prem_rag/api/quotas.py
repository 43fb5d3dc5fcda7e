"""What is left of a limit, as answers tell it.

``RateLimit-Policy`` and ``RateLimit`` are those of draft-ietf-httpapi-ratelimit-headers (10): a
list of policies with their quota ``q`` and window ``w`` in seconds, and for each what remains
``r`` and after how many seconds ``t`` there is more.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from starlette.types import Scope

from on_prem_rag.quotas.counters import Standing
from on_prem_rag.quotas.window import Window

_KEY = "quotas"


@dataclass(frozen=True, slots=True)
class Quota:
    """How a named limit stands; ``unit`` is what it counts if not requests."""

    name: str
    window: Window
    standing: Standing
    unit: str | None = None

    @property
    def policy(self) -> str:
        """Its item of RateLimit-Policy."""
        unit = f';qu="{self.unit}"' if self.unit else ""
        return f'"{self.name}";q={self.standing.limit};w={self.window.seconds}{unit}'

    def state(self, now: float) -> str:
        """Its item of RateLimit."""
        left = self.standing.seconds_left(now)
        return f'"{self.name}";r={self.standing.remaining};t={left}'


def note_quota(scope: Scope, quota: Quota) -> None:
    """Have the answer to this request tell of a quota; one without limit is left out."""
    if quota.standing.limit:
        scope.setdefault("state", {}).setdefault(_KEY, {})[quota.name] = quota


def quota_headers(scope: Scope) -> dict[str, str]:
    """The headers that tell of every quota that was noted."""
    quotas: dict[str, Quota] = scope.get("state", {}).get(_KEY, {})
    if not quotas:
        return {}
    now = time.time()
    return {
        "RateLimit-Policy": ", ".join(quota.policy for quota in quotas.values()),
        "RateLimit": ", ".join(quota.state(now) for quota in quotas.values()),
    }
