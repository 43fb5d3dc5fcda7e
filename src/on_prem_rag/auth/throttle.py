"""Slows guessing of passwords: bounds on failed sign-ins by account and by address."""

from __future__ import annotations

import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from on_prem_rag.errors import TooManyRequests

# The pair is tight. The account alone is wide, so that a stranger cannot easily lock its owner out;
# the address alone is wide, because an office may share one.
_PAIR = RateLimitItemPerMinute(5, 5, namespace="login-pair")
_ACCOUNT = RateLimitItemPerMinute(50, 15, namespace="login-account")
_ADDRESS = RateLimitItemPerMinute(50, 5, namespace="login-address")


class LoginThrottle:
    """Counts failed sign-ins in this process's memory."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self, username: str, address: str) -> None:
        """Raise TooManyRequests when this account or address has failed too often."""
        for limit, keys in _limits(username, address):
            if not self._limiter.test(limit, *keys):
                reset = self._limiter.get_window_stats(limit, *keys).reset_time
                raise TooManyRequests(
                    "Too many failed sign-ins.", retry_after=max(1, round(reset - time.time()))
                )

    def failed(self, username: str, address: str) -> None:
        """Count one failure."""
        for limit, keys in _limits(username, address):
            self._limiter.hit(limit, *keys)

    def succeeded(self, username: str, address: str) -> None:
        """Forget the failures of this account from this address."""
        self._limiter.clear(_PAIR, username, address)


def _limits(username: str, address: str) -> list[tuple[RateLimitItem, tuple[str, ...]]]:
    return [(_PAIR, (username, address)), (_ACCOUNT, (username,)), (_ADDRESS, (address,))]
