from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import OperationalError
from tests.answering import ANNA, collect

from on_prem_rag.answer import keeper as module
from on_prem_rag.answer.events import Done, Token
from on_prem_rag.answer.keeper import Keeper
from on_prem_rag.answer.running import RunningAnswer
from on_prem_rag.conversations.journal import open_answer
from on_prem_rag.conversations.models import Conversation, Message
from on_prem_rag.db.base import Base
from on_prem_rag.db.session import Database

DONE = Done(mode="extractive", model=None, finish_reason="stop", confidence=1.0)


class Unreliable(Database):
    """A database that refuses to write while ``down``."""

    down = False

    def __init__(self, url):
        super().__init__(url)
        self.refused = threading.Event()

    def write(self):
        if self.down:
            self.refused.set()
            raise OperationalError("", {}, Exception("the disk is full"))
        return super().write()


@pytest.fixture
def database(database_url):
    database = Unreliable(database_url)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        session.add(Conversation(id="talk", owner_id=ANNA.id))
    yield database
    database.close()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(2) as threads:
        yield threads


def opened(database, keeper) -> RunningAnswer:
    with database.write() as session:
        open_answer(
            session,
            ANNA,
            "talk",
            question_id="question",
            answer_id="answer",
            question="Why?",
            filters={},
            history=(),
            owner=keeper.owner,
        )
    run = RunningAnswer("answer", ANNA)
    keeper.add(run)
    return run


def stored(database) -> Message:
    with database.read() as session:
        return session.get(Message, "answer")


async def test_what_is_written_reaches_sql_and_the_loop_ends_with_the_last_answer(database, pool):
    keeper = Keeper(database, pool)
    run = opened(database, keeper)
    run.publish(Token("Because."))
    run.end(DONE)
    keeper.wake()
    assert [event.type for event in await collect(run.follow(0))] == ["token", "done"]
    await keeper.close()
    assert keeper.find("answer") is None
    assert (stored(database).status, stored(database).content) == ("complete", "Because.")
    assert len(asyncio.all_tasks()) == 1


async def test_an_answer_is_finished_while_there_is_time_and_interrupted_after(database, pool):
    keeper = Keeper(database, pool)
    run = opened(database, keeper)
    closing = asyncio.create_task(keeper.close(60))
    await asyncio.sleep(0)
    run.publish(Token("Because."))
    run.end(DONE)
    await closing
    assert (stored(database).status, stored(database).content) == ("complete", "Because.")


async def test_a_database_that_comes_back_gets_everything(database, pool):
    keeper = Keeper(database, pool)
    run = opened(database, keeper)
    database.down = True
    run.publish(Token("Because."))
    run.end(DONE)
    assert await asyncio.to_thread(database.refused.wait, 5)
    database.down = False
    events = await collect(run.follow(0))
    assert events[-1].type == "done"
    assert stored(database).status == "complete"


async def test_a_database_that_stays_away_ends_the_answer_in_an_error(database, pool, monkeypatch):
    monkeypatch.setattr(module, "GIVE_UP_AFTER", 0.3)
    keeper = Keeper(database, pool)
    run = opened(database, keeper)
    database.down = True
    run.publish(Token("Because."))
    run.end(DONE)
    async with asyncio.timeout(5):
        events = await collect(run.follow(0))
    assert (events[-1].type, events[-1].data["code"]) == ("error", "service_unavailable")
    assert stored(database).status == "pending"


async def test_leases_are_renewed_while_nothing_is_new(database, pool, monkeypatch):
    monkeypatch.setattr(module, "CHECK_EVERY", 0.1)
    keeper = Keeper(database, pool)
    run = opened(database, keeper)
    before = stored(database).lease_expires_at
    async with asyncio.timeout(5):
        while stored(database).lease_expires_at == before:  # noqa: ASYNC110 - SQL has no events
            await asyncio.sleep(0.02)
    run.end(DONE)
    keeper.wake()
    await collect(run.follow(0))
