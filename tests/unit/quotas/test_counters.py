from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from tests.unit.quotas.conftest import Clock

from on_prem_rag.db.base import new_id
from on_prem_rag.db.session import Database
from on_prem_rag.quotas.counters import Standing, drop_expired, forget, give_back, look, take
from on_prem_rag.quotas.models import Counter
from on_prem_rag.quotas.window import MINUTE


def taken(database: Database, clock: Clock, key: str = "k", limit: int = 3, **how: int) -> Standing:
    with database.write() as session:
        return take(session, key, MINUTE, limit, now=clock(), **how)


def test_no_more_is_given_than_the_limit(database: Database, clock: Clock) -> None:
    assert [taken(database, clock).granted for _ in range(5)] == [1, 1, 1, 0, 0]
    assert taken(database, clock, "other").remaining == 2


def test_a_refusal_says_when_to_come_again(database: Database, clock: Clock) -> None:
    clock.now += 25
    for _ in range(3):
        taken(database, clock)
    refused = taken(database, clock)
    clock.now += refused.seconds_left(clock()) - 1
    assert taken(database, clock).granted == 0
    clock.now += 1
    assert taken(database, clock).granted == 1


def test_a_part_is_given_where_that_is_enough(database: Database, clock: Clock) -> None:
    assert taken(database, clock, amount=2, at_least=1).granted == 2
    assert taken(database, clock, amount=2, at_least=1).granted == 1
    assert taken(database, clock, amount=2, at_least=1).granted == 0
    assert taken(database, clock, "whole", amount=2).granted == 2
    assert taken(database, clock, "whole", amount=2).granted == 0
    assert taken(database, clock, "nothing", limit=0, amount=0).granted == 0


def test_looking_counts_nothing(database: Database, clock: Clock) -> None:
    taken(database, clock)
    for _ in range(5):
        with database.read() as session:
            assert look(session, "k", MINUTE, 3, 2, now=clock()).granted == 2
            assert look(session, "k", MINUTE, 3, 3, now=clock()).granted == 0


def test_what_was_undone_or_forgotten_is_free_again(database: Database, clock: Clock) -> None:
    for _ in range(3):
        taken(database, clock)
        clock.now += 10
    with database.write() as session:
        give_back(session, "k", MINUTE, 2, now=clock())
    assert taken(database, clock, amount=2).granted == 2
    with database.write() as session:
        forget(session, "k")
    assert taken(database, clock, amount=3).granted == 3


def test_counters_nobody_needs_are_dropped(database: Database, clock: Clock) -> None:
    for number in range(50):
        taken(database, clock, f"old{number}")
    clock.now += 65
    taken(database, clock, "new")
    for seconds, left in ((0, 51), (10, 1), (70, 0)):
        clock.now += seconds
        with database.write() as session:
            drop_expired(session, clock())
            assert session.scalar(select(func.count()).select_from(Counter)) == left


def test_many_at_once_share_one_limit(database: Database, clock: Clock) -> None:
    with ThreadPoolExecutor(8) as pool:
        given_out = list(pool.map(lambda _: taken(database, clock, limit=20).granted, range(60)))
    assert sum(given_out) == 20


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 4)), max_size=40))
def test_no_minute_wherever_it_begins_holds_more_than_the_limit(
    database: Database, steps: list[tuple[float, int]]
) -> None:
    clock, key = Clock(), new_id()
    granted: list[tuple[float, int]] = []
    for pause, amount in steps:
        clock.now += pause
        given_now = taken(database, clock, key, limit=5, amount=amount, at_least=1).granted
        granted.append((clock.now, given_now))
        assert sum(n for at, n in granted if at > clock.now - 60) <= 5
