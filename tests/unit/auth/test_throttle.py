from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from tests.unit.auth.conftest import Clock

from on_prem_rag.auth.throttle import LoginThrottle
from on_prem_rag.db.session import Database
from on_prem_rag.errors import TooManyRequests
from on_prem_rag.quotas.models import Counter


@pytest.fixture
def throttle(database: Database, clock: Clock) -> LoginThrottle:
    return LoginThrottle(database, clock=clock)


def fail(throttle: LoginThrottle, times: int, name: str = "ann", address: str = "10.0.0.1") -> None:
    for _ in range(times):
        throttle.admit(name, address)


def succeed(
    throttle: LoginThrottle, database: Database, name: str = "ann", address: str = "10.0.0.1"
) -> None:
    throttle.admit(name, address)
    with database.write() as session:
        throttle.succeeded(session, name, address)


def test_an_account_from_one_address_is_slowed_after_five_failures(
    throttle: LoginThrottle,
) -> None:
    fail(throttle, 5)
    with pytest.raises(TooManyRequests) as refused:
        throttle.admit("ann", "10.0.0.1")
    assert 300 <= refused.value.retry_after <= 360


def test_it_may_try_again_after_what_it_was_told(throttle: LoginThrottle, clock: Clock) -> None:
    fail(throttle, 5)
    with pytest.raises(TooManyRequests) as refused:
        throttle.admit("ann", "10.0.0.1")
    clock.forward(seconds=refused.value.retry_after - 2)
    with pytest.raises(TooManyRequests):
        throttle.admit("ann", "10.0.0.1")
    clock.forward(seconds=2)
    fail(throttle, 5)


def test_another_replica_knows_of_the_failures(
    throttle: LoginThrottle, database: Database, clock: Clock
) -> None:
    fail(throttle, 5)
    with pytest.raises(TooManyRequests):
        LoginThrottle(database, clock=clock).admit("ann", "10.0.0.1")


def test_guesses_sent_at_once_are_no_way_around(throttle: LoginThrottle) -> None:
    def guess(_: int) -> bool:
        try:
            throttle.admit("ann", "10.0.0.1")
        except TooManyRequests:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(guess, range(64))) == 5


def test_others_are_not_slowed_by_it(throttle: LoginThrottle) -> None:
    fail(throttle, 5)
    throttle.admit("bob", "10.0.0.1")
    throttle.admit("ann", "10.0.0.2")


def test_success_forgets_the_failures(throttle: LoginThrottle, database: Database) -> None:
    for _ in range(3):
        fail(throttle, 4)
        succeed(throttle, database)
    fail(throttle, 5)


def test_successes_are_never_too_many(throttle: LoginThrottle, database: Database) -> None:
    for number in range(60):
        succeed(throttle, database, name=f"user{number % 3}")


def test_an_address_that_tries_many_names_is_slowed(throttle: LoginThrottle) -> None:
    for number in range(50):
        fail(throttle, 1, name=f"user{number}")
    with pytest.raises(TooManyRequests):
        throttle.admit("fresh", "10.0.0.1")


def test_of_ipv6_a_whole_network_is_one_address(throttle: LoginThrottle) -> None:
    for number in range(50):
        fail(throttle, 1, name=f"user{number}", address=f"2001:db8:0:7::{number:x}")
    with pytest.raises(TooManyRequests):
        throttle.admit("fresh", "2001:db8:0:7:ffff::1")
    throttle.admit("fresh", "2001:db8:0:8::1")


def test_an_account_tried_from_many_addresses_is_slowed(throttle: LoginThrottle) -> None:
    for number in range(50):
        fail(throttle, 1, address=f"10.0.1.{number}")
    with pytest.raises(TooManyRequests):
        throttle.admit("ann", "10.0.9.9")


def test_where_they_signed_in_before_nobody_elsewhere_locks_them_out(
    throttle: LoginThrottle, database: Database
) -> None:
    succeed(throttle, database, address="10.0.9.9")
    for number in range(50):
        fail(throttle, 1, address=f"10.0.1.{number}")
    fail(throttle, 5, address="10.0.9.9")
    with pytest.raises(TooManyRequests):
        throttle.admit("ann", "10.0.9.9")


def test_names_are_not_kept(database: Database, clock: Clock) -> None:
    from on_prem_rag.audit.chain import Chain
    from on_prem_rag.audit.log import AuditLog
    from on_prem_rag.audit.models import AuditEvent, AuditMark
    from on_prem_rag.db.base import Base

    tables = [AuditEvent.__table__, AuditMark.__table__]
    Base.metadata.create_all(database.engine, tables=tables)  # type: ignore[arg-type]
    AuditLog(Chain("k" * 32)).attach(database)
    throttle = LoginThrottle(database, clock=clock)
    fail(throttle, 5, name="a password typed here")
    for _ in range(3):
        with pytest.raises(TooManyRequests):
            throttle.admit("a password typed here", "10.0.0.1")
    with database.read() as session:
        keys = session.scalars(select(Counter.key)).all()
        events = session.scalars(select(AuditEvent)).all()
    assert keys
    assert not [key for key in keys if "password" in key]
    assert [(e.subject, e.action) for e in events] == [("session", "throttled")], "told once"
