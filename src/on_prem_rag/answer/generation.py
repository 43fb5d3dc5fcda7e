"""One model call: waiting in turn, streaming, one repeat with a passage less."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing, suppress
from time import monotonic
from typing import cast

from on_prem_rag.access.caller import Caller
from on_prem_rag.answer.budget import Fitter, Plan
from on_prem_rag.answer.events import Status
from on_prem_rag.errors import ContextOverflow
from on_prem_rag.llm.protocols import (
    GenerationDone,
    GenerationEvent,
    GenerationRequest,
    Generator,
    TextDelta,
)
from on_prem_rag.llm.queue import GenerationQueue
from on_prem_rag.llm.tokens import TokenEstimator
from on_prem_rag.monitoring.metrics import LLM_FIRST_TOKEN, LLM_RESPONSE_TIME, LLM_TOKENS


class ModelCalls:
    """Calls a Generator for people in turn and learns from it what tokens cost."""

    def __init__(self, generator: Generator, queue: GenerationQueue) -> None:
        self._generator = generator
        self._queue = queue
        self._estimators: dict[str, TokenEstimator] = {}

    def estimator(self, model: str) -> TokenEstimator:
        """The token estimator of one model, calibrated by its answers so far."""
        return self._estimators.setdefault(model, TokenEstimator())

    async def stream(
        self, caller: Caller, model: str, fitter: Fitter, plan: Plan
    ) -> AsyncGenerator[Status | Plan | GenerationEvent]:
        """Status events, then text and GenerationDone as the model gives them.

        When the model counts more tokens than its context holds, the last passage goes and the
        shorter Plan is yielded before the one repeat. Raises what Generator.stream and
        GenerationQueue.slot raise.
        """
        async with AsyncExitStack() as slot:
            async with aclosing(_enter(slot, self._queue, caller)) as positions:
                async for position in positions:
                    yield Status("queued", position=position)
            yield Status("writing")
            try:
                async with aclosing(self._call(_request(model, plan), plan.estimated)) as events:
                    async for event in events:
                        yield event
                return
            except ContextOverflow as error:
                self.estimator(model).observe(plan.estimated, error.prompt_tokens or 0)
                shorter = fitter.without_last(plan)
            yield shorter
            async with aclosing(self._call(_request(model, shorter), shorter.estimated)) as events:
                async for event in events:
                    yield event

    async def complete(self, caller: Caller, request: GenerationRequest) -> str:
        """The whole text of a short call, waiting in turn like any other. Raises as ``stream``."""
        calling = self._call(request, estimated=0)
        async with self._queue.slot(caller.id), aclosing(calling) as events:
            return "".join([event.text async for event in events if isinstance(event, TextDelta)])

    async def _call(
        self, request: GenerationRequest, estimated: int
    ) -> AsyncGenerator[GenerationEvent]:
        started = monotonic()
        first = True
        stream = cast("AsyncGenerator[GenerationEvent]", self._generator.stream(request))
        async with aclosing(stream) as events:
            async for event in events:
                if isinstance(event, TextDelta) and first:
                    first = False
                    LLM_FIRST_TOKEN.observe(monotonic() - started)
                elif isinstance(event, GenerationDone):
                    LLM_RESPONSE_TIME.observe(monotonic() - started)
                    LLM_TOKENS.inc(event.completion_tokens)
                    if event.model == request.model:
                        self.estimator(request.model).observe(estimated, event.prompt_tokens)
                yield event


def _request(model: str, plan: Plan) -> GenerationRequest:
    return GenerationRequest(
        messages=plan.messages, model=model, num_ctx=plan.num_ctx, num_predict=plan.num_predict
    )


async def _enter(
    stack: AsyncExitStack, queue: GenerationQueue, caller: Caller
) -> AsyncGenerator[int]:
    """Enter the queue's slot on ``stack``; yields the places held while waiting for it."""
    changed = asyncio.Event()
    places: list[int] = []

    def moved(place: int) -> None:
        places.append(place)
        changed.set()

    entering = asyncio.create_task(stack.enter_async_context(queue.slot(caller.id, moved)))
    entering.add_done_callback(lambda _: changed.set())
    try:
        while not entering.done():
            await changed.wait()
            changed.clear()
            if places and not entering.done():
                yield places.pop()
                places.clear()
        await entering
    finally:
        if not entering.done():
            entering.cancel()
            with suppress(asyncio.CancelledError):
                await entering
