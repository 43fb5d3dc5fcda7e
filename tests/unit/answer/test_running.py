from __future__ import annotations

import asyncio

from tests.answering import ANNA, collect, make_passage

from on_prem_rag.answer.events import (
    Citation,
    Done,
    Error,
    NumberedPassage,
    Passages,
    Status,
    Token,
)
from on_prem_rag.answer.running import RunningAnswer, coalesce
from on_prem_rag.conversations.journal import StoredEvent

DONE = Done(mode="generated", model="m", finish_reason="stop", confidence=1.0)


def running() -> RunningAnswer:
    run = RunningAnswer("message", ANNA)
    run.publish(Status("searching"))
    run.publish(Passages((NumberedPassage(1, make_passage("One.")),), search_query="Why?"))
    for piece in ("Be", "cause"):
        run.publish(Token(piece))
    run.publish(Citation(1, 7, "d", "d", None, ()))
    return run


def test_runs_of_tokens_become_one_row():
    events = [StoredEvent(1, "status", {})]
    events += [StoredEvent(n, "token", {"text": str(n)}) for n in (2, 3)]
    events += [StoredEvent(4, "citation", {}), StoredEvent(5, "token", {"text": "5"})]
    assert coalesce(events) == [
        StoredEvent(1, "status", {}),
        StoredEvent(3, "token", {"pieces": ["2", "3"]}),
        StoredEvent(4, "citation", {}),
        StoredEvent(5, "token", {"pieces": ["5"]}),
    ]


def test_a_snapshot_holds_what_is_new():
    run = running()
    write, upto = run.snapshot(check_sources=False)
    assert (write.content, write.status, write.search_query) == ("Because", "streaming", "Why?")
    assert [row.marker for row in write.evidence] == [1]
    assert write.sources == [("shared", "doc.pdf")]
    assert write.cited == [1]
    run.publish(Token("!"))
    run.saved(write, upto)
    assert run.dirty
    later, _ = run.snapshot(check_sources=False)
    assert [event.data for event in later.events] == [{"pieces": ["!"]}]
    assert (later.evidence, later.sources) == (None, ())
    assert run.snapshot(check_sources=True)[0].sources == [("shared", "doc.pdf")]


async def test_the_end_is_shown_only_once_it_is_stored():
    run = running()
    following = asyncio.create_task(collect(run.follow(0)))
    run.end(DONE)
    write, upto = run.snapshot(check_sources=False)
    assert (write.status, write.finished, write.events[-1].type) == ("complete", True, "done")
    await asyncio.sleep(0)
    assert not following.done()
    run.saved(write, upto)
    events = await following
    assert [event.number for event in events] == [1, 2, 3, 4, 5, 6]
    assert events[-1] == write.events[-1]
    assert await collect(run.follow(4)) == events[4:]


def test_how_an_answer_ends_fixes_its_status():
    cut = Done(mode="generated", model="m", finish_reason="length", confidence=1.0)
    error = Error("model_failed", "Broken.", "")
    empty = RunningAnswer("message", ANNA)
    statuses = []
    for run, end in ((running(), DONE), (running(), cut), (running(), error), (empty, error)):
        run.end(end)
        statuses.append(run.snapshot(check_sources=False)[0].status)
    assert statuses == ["complete", "partial", "partial", "failed"]


async def test_an_end_that_could_not_be_stored_is_replaced():
    run = running()
    run.end(DONE)
    run.close(Error("withheld", "Gone.", ""))
    run.close()
    events = await collect(run.follow(0))
    assert [event.type for event in events] == ["error"], "nothing of before is shown any more"


async def test_a_slow_reader_is_not_shown_what_was_withdrawn():
    run = running()
    following = run.follow(0)
    assert (await anext(following)).type == "status"
    run.close(Error("withheld", "Gone.", ""))
    assert [event.type for event in await collect(following)] == ["error"]
