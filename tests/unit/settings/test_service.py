from __future__ import annotations

import pytest

from on_prem_rag.config import Settings
from on_prem_rag.db.session import Database
from on_prem_rag.errors import InvalidInput
from on_prem_rag.settings.service import FRESH_SECONDS, RuntimeSettings


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_is_set_holds_until_it_is_reset(database: Database) -> None:
    runtime = RuntimeSettings(database, Settings(default_model="first:1b"))
    assert runtime.current().chat_model == "first:1b"
    notice = {"text": " Closed on Friday ", "until": "2999-01-01T00:00:00Z"}
    with database.write() as session:
        runtime.change(session, {"chat_model": "second:7b", "announcement": notice})
    assert runtime.current().chat_model == "second:7b"
    told = runtime.current().announcement
    assert told is not None
    assert (told.text, told.severity) == ("Closed on Friday", "info")
    with database.write() as session:
        runtime.change(session, {"chat_model": None, "announcement": None})
    assert runtime.current().chat_model == "first:1b"
    assert runtime.current().announcement is None


def test_another_replica_follows_within_seconds(database: Database) -> None:
    clock = Clock()
    here = RuntimeSettings(database, Settings())
    there = RuntimeSettings(database, Settings(), clock=clock)
    before = there.current().num_ctx
    with database.write() as session:
        here.change(session, {"num_ctx": 2048})
    assert there.current().num_ctx == before, "not looked again yet"
    clock.now += FRESH_SECONDS
    assert there.current().num_ctx == 2048


def test_nothing_is_kept_of_a_change_out_of_bounds(database: Database) -> None:
    runtime = RuntimeSettings(database, Settings())
    for wrong in ({"num_ctx": 1}, {"shoe_size": 43}):
        with pytest.raises(InvalidInput), database.write() as session:
            runtime.change(session, {"accent_hue": 20, **wrong})
    assert runtime.current().accent_hue == 176


def test_the_environment_may_go_beyond_the_bounds(database: Database) -> None:
    runtime = RuntimeSettings(database, Settings(num_ctx=1_000_000))
    with database.write() as session:
        runtime.change(session, {"accent_hue": 20})
    assert runtime.current().num_ctx == 1_000_000
