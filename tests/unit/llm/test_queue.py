from __future__ import annotations

import asyncio
import random

import pytest

from on_prem_rag.errors import ModelBusy
from on_prem_rag.llm.queue import GenerationQueue


async def _settle() -> None:
    """Let every task run until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


class _Person:
    """Tasks that take a slot, note their turn and hold it until told."""

    def __init__(self, queue: GenerationQueue) -> None:
        self.queue = queue
        self.order: list[str] = []
        self.places: dict[str, list[int]] = {}
        self.release: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def ask(self, name: str) -> None:
        self.release[name] = asyncio.Event()
        self.places[name] = []
        self.tasks[name] = asyncio.create_task(self._hold(name))
        await _settle()

    async def _hold(self, name: str) -> None:
        async with self.queue.slot(name[0], self.places[name].append):
            self.order.append(name)
            await self.release[name].wait()

    async def finish(self, name: str) -> None:
        self.release[name].set()
        await self.tasks[name]
        await _settle()


async def test_callers_take_turns() -> None:
    queue = GenerationQueue(concurrency=1, max_waiting=10)
    people = _Person(queue)
    for name in ("a1", "a2", "a3", "a4", "b1", "c1", "b2"):
        await people.ask(name)
    for done in range(7):
        await people.finish(people.order[done])
    assert people.order == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]
    assert (queue.running, queue.waiting) == (0, 0)


async def test_places_are_told_as_they_change() -> None:
    people = _Person(GenerationQueue(concurrency=1, max_waiting=10))
    for name in ("a1", "a2", "a3", "b1"):
        await people.ask(name)
    assert people.places == {"a1": [], "a2": [1], "a3": [2, 3], "b1": [2]}
    await people.finish("a1")
    assert people.places["b1"] == [2, 1]
    assert people.places["a3"] == [2, 3, 2]
    for name in ("a2", "b1", "a3"):
        await people.finish(name)


async def test_concurrency_and_numbers() -> None:
    queue = GenerationQueue(concurrency=2, max_waiting=10)
    people = _Person(queue)
    for name in ("a1", "b1", "c1"):
        await people.ask(name)
    assert (queue.running, queue.waiting) == (2, 1)
    await people.finish("b1")
    assert (queue.running, queue.waiting) == (2, 0)
    await people.finish("a1")
    await people.finish("c1")
    assert (queue.running, queue.waiting) == (0, 0)


async def test_a_full_queue_says_so_at_once() -> None:
    queue = GenerationQueue(concurrency=1, max_waiting=1)
    people = _Person(queue)
    await people.ask("a1")
    await people.ask("b1")
    with pytest.raises(ModelBusy):
        async with queue.slot("c"):
            pytest.fail("a slot beyond the bound")
    assert (queue.running, queue.waiting) == (1, 1)
    await people.finish("a1")
    await people.finish("b1")


async def test_an_error_in_the_block_frees_the_slot() -> None:
    queue = GenerationQueue(concurrency=1, max_waiting=0)
    with pytest.raises(KeyError):
        async with queue.slot("a"):
            raise KeyError("x")
    async with queue.slot("a"):
        assert queue.running == 1
    assert queue.running == 0


async def test_leaving_while_waiting_moves_the_others_up() -> None:
    queue = GenerationQueue(concurrency=1, max_waiting=10)
    people = _Person(queue)
    for name in ("a1", "b1", "c1"):
        await people.ask(name)
    people.tasks["b1"].cancel()
    await _settle()
    assert people.places["c1"] == [2, 1]
    assert (queue.running, queue.waiting) == (1, 1)
    await people.finish("a1")
    await people.finish("c1")
    assert people.order == ["a1", "c1"]


async def test_leaving_in_the_moment_of_the_turn_hands_it_on() -> None:
    queue = GenerationQueue(concurrency=1, max_waiting=10)
    people = _Person(queue)
    async with queue.slot("a"):
        await people.ask("b1")
        await people.ask("c1")
    people.tasks["b1"].cancel()  # the slot is b1's already, but its task has not run yet
    await _settle()
    assert people.order == ["c1"]
    await people.finish("c1")
    assert (queue.running, queue.waiting) == (0, 0)


async def test_a_failing_callback_hits_its_own_task_only() -> None:
    queue = GenerationQueue(concurrency=1, max_waiting=10)

    def fail(place: int) -> None:
        raise LookupError(place)

    async def broken() -> None:
        async with queue.slot("b", fail):
            pytest.fail("never reached")

    async with queue.slot("a"):
        with pytest.raises(LookupError):
            await broken()
        assert (queue.running, queue.waiting) == (1, 0)


@pytest.mark.parametrize("seed", range(20))
async def test_storms_leave_nothing(seed: int) -> None:
    """Random comings and goings: never more than the slots, and nothing left at the end."""
    chance = random.Random(seed)
    queue = GenerationQueue(concurrency=3, max_waiting=1000)
    most = 0

    async def visit(caller: str) -> None:
        nonlocal most
        async with queue.slot(caller, lambda place: None):
            most = max(most, queue.running)
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)

    tasks = []
    for _ in range(200):
        tasks.append(asyncio.create_task(visit(chance.choice("abcdef"))))
        if chance.random() < 0.3:
            await asyncio.sleep(0)
        if chance.random() < 0.4:
            chance.choice(tasks).cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert 0 < most <= 3
    assert (queue.running, queue.waiting) == (0, 0)
    assert not queue._turns
