"""A bounded queue in front of the model that serves people in turn.

Ollama queues without bound once a model is loaded, first come first served: one person's twenty
questions would make everybody wait. Here callers take turns, and a full queue says so at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from on_prem_rag.errors import ModelBusy

PositionCallback = Callable[[int], None]
"""Called with the place in the queue, 1 being next, in the waiting task itself."""


@dataclass(eq=False)
class _Waiter:
    caller_id: str
    position: int = 0
    granted: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class GenerationQueue:
    """At most ``concurrency`` slots at once and ``max_waiting`` waiters, round robin by caller.

    ``running`` and ``waiting`` are the numbers of now. One event loop only.
    """

    def __init__(self, concurrency: int, max_waiting: int) -> None:
        self.concurrency = concurrency
        self.max_waiting = max_waiting
        self.running = 0
        self._turns: dict[str, deque[_Waiter]] = {}  # insertion order is the order of turns

    @property
    def waiting(self) -> int:
        """Callers without a slot yet."""
        return sum(len(waiters) for waiters in self._turns.values())

    @asynccontextmanager
    async def slot(
        self, caller_id: str, on_position: PositionCallback | None = None
    ) -> AsyncIterator[None]:
        """Hold a slot for the block. Raises ModelBusy at once when the queue is full.

        ``on_position`` is told every new place while waiting, never when a slot is free. Being
        cancelled while waiting leaves nothing behind.
        """
        if self.running >= self.concurrency:
            await self._wait(caller_id, on_position)
        else:
            self.running += 1
        try:
            yield
        finally:
            self.running -= 1
            self._hand_out()

    async def _wait(self, caller_id: str, on_position: PositionCallback | None) -> None:
        """Return once a slot was handed over; it is then counted in ``running`` already."""
        if self.waiting >= self.max_waiting:
            raise ModelBusy(
                f"{self.waiting} questions are already waiting for the model.",
                hint="Try again in a minute.",
            )
        waiter = _Waiter(caller_id)
        self._turns.setdefault(caller_id, deque()).append(waiter)
        self._tell_positions()
        try:
            while True:
                await waiter.changed.wait()
                waiter.changed.clear()
                if waiter.granted:
                    return
                if on_position is not None:
                    on_position(waiter.position)
        except BaseException:
            self._leave(waiter)
            raise

    def _leave(self, waiter: _Waiter) -> None:
        """Take back a place, or the slot handed over just before the waiter gave up."""
        if waiter.granted:
            self.running -= 1
            self._hand_out()
            return
        waiters = self._turns[waiter.caller_id]
        waiters.remove(waiter)
        if not waiters:
            del self._turns[waiter.caller_id]
        self._tell_positions()

    def _hand_out(self) -> None:
        while self._turns and self.running < self.concurrency:
            caller_id = next(iter(self._turns))
            waiters = self._turns.pop(caller_id)
            waiter = waiters.popleft()
            if waiters:
                self._turns[caller_id] = waiters  # back to the end of the order
            self.running += 1
            waiter.granted = True
            waiter.changed.set()
        self._tell_positions()

    def _tell_positions(self) -> None:
        """Wake every waiter whose place changed; the place is the order slots will be given in."""
        position = 0
        rounds = [iter(waiters) for waiters in self._turns.values()]
        while rounds:
            remaining = []
            for waiters in rounds:
                waiter = next(waiters, None)
                if waiter is None:
                    continue
                remaining.append(waiters)
                position += 1
                if waiter.position != position:
                    waiter.position = position
                    waiter.changed.set()
            rounds = remaining
