from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, func, select
from tests.unit.quotas.conftest import Clock

from on_prem_rag.db.session import Database
from on_prem_rag.quotas.blocks import PARTS, RECHECK_SECONDS, Blocks
from on_prem_rag.quotas.models import Counter
from on_prem_rag.quotas.window import MINUTE


class Writes:
    """Counts the transactions that write."""

    def __init__(self, database: Database) -> None:
        self.count = 0
        event.listen(database.engine, "commit", self._one)

    def _one(self, _connection: object) -> None:
        self.count += 1


@pytest.fixture
def writes(database: Database) -> Writes:
    return Writes(database)


def spent(blocks: Blocks, times: int, key: str = "k", limit: int = 60) -> int:
    return sum(blocks.spend(key, lambda _: limit).granted > 0 for _ in range(times))


def test_one_process_gives_out_exactly_the_limit(database: Database, clock: Clock) -> None:
    blocks = Blocks(database, MINUTE, clock=clock)
    assert [spent(blocks, 100, key, limit) for key, limit in (("a", 1), ("b", 60), ("c", 99))] == [
        1,
        60,
        99,
    ]


@pytest.mark.parametrize("limit", [1, 10, 60, 100])
@pytest.mark.parametrize("replicas", [2, 3])
def test_replicas_together_give_out_no_more_and_hardly_less(
    database: Database, clock: Clock, replicas: int, limit: int
) -> None:
    together = [Blocks(database, MINUTE, clock=clock) for _ in range(replicas)]
    given_out = sum(spent(blocks, 1, limit=limit) for _ in range(3 * limit) for blocks in together)
    assert given_out <= limit
    # What the others have taken and nobody asks them for.
    one_sided = Blocks(database, MINUTE, clock=clock)
    others = [spent(blocks, 1, "one-sided", limit) for blocks in together]
    rest = spent(one_sided, 2 * limit, "one-sided", limit)
    assert limit - replicas * max(0, limit // PARTS - 1) <= sum(others) + rest <= limit


def test_many_threads_of_two_replicas_share_one_limit(database: Database, clock: Clock) -> None:
    together = [Blocks(database, MINUTE, clock=clock) for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda n: spent(together[n % 2], 1), range(200))) == 60


def test_each_counting_for_itself_would_be_seen(database: Database, clock: Clock) -> None:
    together = [Blocks(database, MINUTE, clock=clock) for _ in range(2)]
    assert sum(spent(blocks, 60, f"k{n}") for n, blocks in enumerate(together)) == 120


def test_what_was_not_used_goes_back(database: Database, clock: Clock) -> None:
    blocks = Blocks(database, MINUTE, clock=clock)
    for _ in range(6):
        assert spent(blocks, 1, limit=160) == 1  # of a block of ten
        clock.now += 10
    # Seven slices count: six of one each, and this one.
    assert spent(blocks, 200, limit=160) == 154


def test_most_requests_write_nothing(database: Database, clock: Clock, writes: Writes) -> None:
    blocks = Blocks(database, MINUTE, clock=clock)
    spent(blocks, 1000, limit=1000)
    assert writes.count <= PARTS + 1 + 1000 % PARTS
    writes.count = 0
    assert spent(blocks, 1000, limit=1000) == 0, "a flood is refused from memory"
    assert writes.count <= 1


def test_no_limit_writes_no_counter(database: Database, clock: Clock) -> None:
    assert spent(Blocks(database, MINUTE, clock=clock), 500, limit=0) == 500
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Counter)) == 0


def test_a_raised_limit_holds_in_seconds(database: Database, clock: Clock) -> None:
    blocks = Blocks(database, MINUTE, clock=clock)
    assert spent(blocks, 20, limit=10) == 10
    clock.now += RECHECK_SECONDS
    assert spent(blocks, 20, limit=15) == 5


def test_the_standing_counts_what_was_used_not_what_was_taken(
    database: Database, clock: Clock
) -> None:
    blocks = Blocks(database, MINUTE, clock=clock)
    remaining = [blocks.spend("k", lambda _: 60).remaining for _ in range(61)]
    assert remaining == [*range(59, -1, -1), 0]


def test_nothing_is_kept_of_who_asks_no_more(database: Database, clock: Clock) -> None:
    blocks = Blocks(database, MINUTE, clock=clock)
    for number in range(30):
        spent(blocks, 1, f"address:10.0.0.{number}")
    clock.now += 200
    spent(blocks, 1)
    assert list(blocks._held) == ["k"]
    with database.read() as session:
        assert session.scalars(select(Counter.key)).all() == ["k"]
