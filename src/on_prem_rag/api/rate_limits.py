"""How often one person, or one address before sign-in, may ask; kept in this process's memory."""

from __future__ import annotations

import time

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from on_prem_rag.config import Settings
from on_prem_rag.errors import TooManyRequests


class RateLimits:
    """Counts requests a minute, and questions a minute and a day.

    ``key`` is a user's id, or ``address:…`` before sign-in. Minutes slide; the day is a fixed one,
    because a sliding one would keep every question's time.
    """

    def __init__(self, settings: Settings) -> None:
        self._requests = RateLimitItemPerMinute(settings.rate_limit_requests_per_minute)
        self._queries = RateLimitItemPerMinute(settings.rate_limit_queries_per_minute)
        self._queries_a_day = RateLimitItemPerDay(settings.rate_limit_queries_per_day)
        storage = MemoryStorage()
        self._moving = MovingWindowRateLimiter(storage)
        self._fixed = FixedWindowRateLimiter(storage)

    def count_request(self, key: str) -> None:
        """Count one request. Raises TooManyRequests."""
        _hit(self._moving, self._requests, "request", key)

    def count_query(self, key: str) -> None:
        """Count one question. Raises TooManyRequests."""
        _hit(self._moving, self._queries, "query", key)
        _hit(self._fixed, self._queries_a_day, "day", key)


def _hit(
    limiter: MovingWindowRateLimiter | FixedWindowRateLimiter,
    limit: RateLimitItem,
    kind: str,
    key: str,
) -> None:
    if limiter.hit(limit, kind, key):
        return
    reset = limiter.get_window_stats(limit, kind, key).reset_time
    what = "requests" if kind == "request" else "questions"
    raise TooManyRequests(
        f"More than {limit.amount} {what} in one {limit.GRANULARITY.name}.",
        retry_after=max(1, round(reset - time.time())),
    )
