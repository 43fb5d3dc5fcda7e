from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from tests.answering import ANNA, collect, make_passage

from on_prem_rag.answer.budget import Fitter
from on_prem_rag.answer.events import NumberedPassage, Status
from on_prem_rag.answer.generation import ModelCalls
from on_prem_rag.errors import ContextOverflow, ModelBusy, ModelUnreachable
from on_prem_rag.llm.protocols import ChatMessage, GenerationDone, GenerationRequest, TextDelta
from on_prem_rag.llm.queue import GenerationQueue

PASSAGES = [NumberedPassage(n, make_passage(f"Text {n}.")) for n in (1, 2)]
WHOLE = [TextDelta("So."), GenerationDone("m", "stop", 400, 2)]


class Scripted:
    """A model whose calls give one list of events each; an exception in it is raised."""

    def __init__(self, *calls) -> None:
        self.calls = list(calls)
        self.requests: list[GenerationRequest] = []
        self.open = 0

    async def stream(self, request):
        self.requests.append(request)
        self.open += 1
        try:
            for event in self.calls.pop(0):
                if isinstance(event, Exception):
                    raise event
                yield event
                await asyncio.sleep(0)
        finally:
            self.open -= 1


def setup(*calls, concurrency=1, waiting=5):
    model = Scripted(*calls)
    queue = GenerationQueue(concurrency, waiting)
    model_calls = ModelCalls(model, queue)
    fitter = Fitter(model_calls.estimator("m"), 4096, 256)
    return model, queue, model_calls, fitter, fitter.fit("Why?", PASSAGES)


async def test_a_call_streams_and_teaches_what_tokens_cost():
    model, queue, calls, fitter, plan = setup(WHOLE)
    before = calls.estimator("m").factor
    events = await collect(calls.stream(ANNA, "m", fitter, plan))
    assert events == [Status("writing"), *WHOLE]
    assert calls.estimator("m").factor > before
    assert (queue.running, model.open) == (0, 0)
    assert (model.requests[0].num_ctx, model.requests[0].num_predict) == (4096, 256)


async def test_too_long_a_prompt_is_repeated_once_shorter():
    overflow = ContextOverflow("too long", prompt_tokens=5000, num_ctx=4096)
    model, queue, calls, fitter, plan = setup([overflow], WHOLE)
    events = await collect(calls.stream(ANNA, "m", fitter, plan))
    assert [p.marker for p in events[1].sent] == [1]
    assert events[2:] == WHOLE
    assert "Text 2." not in model.requests[1].messages[-1].content

    model, queue, calls, fitter, plan = setup([overflow], [overflow])
    with pytest.raises(ContextOverflow):
        await collect(calls.stream(ANNA, "m", fitter, plan))
    assert queue.running == 0


async def test_waiting_tells_the_place_and_giving_up_leaves_nothing():
    _, queue, calls, fitter, plan = setup(WHOLE, WHOLE)
    async with queue.slot("somebody"):
        async with aclosing(calls.stream(ANNA, "m", fitter, plan)) as events:
            assert await anext(events) == Status("queued", position=1)
        assert queue.waiting == 0
    assert (queue.running, len(asyncio.all_tasks())) == (0, 1)


async def test_a_full_queue_and_a_failing_model_are_said():
    _, queue, calls, fitter, plan = setup(WHOLE, waiting=0)
    async with queue.slot("somebody"):
        with pytest.raises(ModelBusy):
            await collect(calls.stream(ANNA, "m", fitter, plan))
    _, queue, calls, fitter, plan = setup([ModelUnreachable("gone")])
    with pytest.raises(ModelUnreachable):
        await collect(calls.stream(ANNA, "m", fitter, plan))
    assert queue.running == 0


async def test_a_short_call_gives_its_whole_text():
    model, queue, calls, _, _ = setup([TextDelta("In "), TextDelta("full?"), WHOLE[1]])
    request = GenerationRequest((ChatMessage("user", "Hm"),), "m", 512, 32)
    assert await calls.complete(ANNA, request) == "In full?"
    assert (queue.running, model.open) == (0, 0)
