from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from on_prem_rag.errors import ServiceUnavailable
from on_prem_rag.monitoring.log_level import LevelFollower


@pytest.fixture(autouse=True)
def level() -> Iterator[None]:
    before = logging.getLogger().level
    logging.getLogger().setLevel("INFO")
    yield
    logging.getLogger().setLevel(before)


def test_the_level_is_what_is_wanted_and_stays_while_nobody_says() -> None:
    wanted = ["DEBUG"]

    def say() -> str:
        if not wanted:
            raise ServiceUnavailable("away")
        return wanted[0]

    follower = LevelFollower(say)
    follower.follow()
    assert logging.getLogger("anything").isEnabledFor(logging.DEBUG)
    wanted.clear()
    follower.follow()
    assert logging.getLogger("anything").isEnabledFor(logging.DEBUG)
    wanted.append("ERROR")
    follower.follow()
    assert not logging.getLogger("anything").isEnabledFor(logging.WARNING)


def test_it_follows_by_itself_until_it_is_closed() -> None:
    asked: list[int] = []

    def say() -> str:
        asked.append(1)
        return "WARNING"

    follower = LevelFollower(say, seconds=0.001)
    follower.start()
    while len(asked) < 3:
        pass
    follower.close()
    count = len(asked)
    assert logging.getLogger().level == logging.WARNING
    LevelFollower(say).close()
    assert len(asked) == count
