from __future__ import annotations

import pytest

from on_prem_rag.auth.throttle import LoginThrottle
from on_prem_rag.errors import TooManyRequests


def fail(throttle: LoginThrottle, times: int, name: str = "ann", address: str = "10.0.0.1") -> None:
    for _ in range(times):
        throttle.check(name, address)
        throttle.failed(name, address)


def test_an_account_from_one_address_is_slowed_after_five_failures() -> None:
    throttle = LoginThrottle()
    fail(throttle, 5)
    with pytest.raises(TooManyRequests) as refused:
        throttle.check("ann", "10.0.0.1")
    assert 1 <= refused.value.retry_after <= 300


def test_others_are_not_slowed_by_it() -> None:
    throttle = LoginThrottle()
    fail(throttle, 5)
    throttle.check("bob", "10.0.0.1")
    throttle.check("ann", "10.0.0.2")


def test_success_forgets_the_failures() -> None:
    throttle = LoginThrottle()
    fail(throttle, 4)
    throttle.succeeded("ann", "10.0.0.1")
    fail(throttle, 4)


def test_an_address_that_tries_many_names_is_slowed() -> None:
    throttle = LoginThrottle()
    for number in range(50):
        fail(throttle, 1, name=f"user{number}")
    with pytest.raises(TooManyRequests):
        throttle.check("fresh", "10.0.0.1")


def test_an_account_tried_from_many_addresses_is_slowed() -> None:
    throttle = LoginThrottle()
    for number in range(50):
        fail(throttle, 1, address=f"10.0.1.{number}")
    with pytest.raises(TooManyRequests):
        throttle.check("ann", "10.0.9.9")
