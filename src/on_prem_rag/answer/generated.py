"""An answer written by a model."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from on_prem_rag.access.caller import Caller
from on_prem_rag.answer.budget import Fitter, Plan
from on_prem_rag.answer.draft import Draft
from on_prem_rag.answer.events import AnswerEvent, AnswerWarning, Passages, Status
from on_prem_rag.answer.generation import ModelCalls
from on_prem_rag.answer.stopwatch import Stopwatch
from on_prem_rag.errors import GenerationError, ModelFailed
from on_prem_rag.llm.protocols import GenerationDone, TextDelta


class GeneratedAnswer:
    """One generated answer; ``draft``, ``plan`` and ``done`` tell what came of it."""

    def __init__(
        self, calls: ModelCalls, fitter: Fitter, model: str, plan: Plan, search_query: str
    ) -> None:
        self._calls = calls
        self._fitter = fitter
        self._model = model
        self._search_query = search_query
        self.plan = plan
        self.draft = Draft(plan.sent)
        self.done: GenerationDone | None = None

    def passages(self) -> Passages:
        """The event that shows what is sent and what was left out."""
        return Passages(self.plan.sent, self.plan.dropped, self._search_query)

    async def events(self, caller: Caller, watch: Stopwatch) -> AsyncGenerator[AnswerEvent]:
        """Everything after the passages and before the Done event.

        Raises a GenerationError; when ``draft.text`` is not empty by then, part was shown.
        """
        calls = self._calls.stream(caller, self._model, self._fitter, self.plan)
        try:
            async with aclosing(calls) as stream:
                async for event in stream:
                    if isinstance(event, TextDelta):
                        watch.lap("first_token")
                        for shown in self.draft.feed(event.text):
                            yield shown
                    elif isinstance(event, GenerationDone):
                        self.done = event
                    elif isinstance(event, Plan):
                        self.plan = event
                        self.draft = Draft(event.sent)
                        yield self.passages()
                    else:
                        yield event
        except GenerationError:
            for shown in self.draft.flush():
                yield shown
            raise
        for shown in self.draft.flush():
            yield shown
        for notice in self._notices():
            yield notice

    def _notices(self) -> list[AnswerWarning]:
        done = self.done
        if done is None or not self.draft.text.strip():
            raise ModelFailed("The model gave an empty answer.")
        notices = []
        if done.model != self._model:
            message = f"{self._model} could not be used; {done.model} answered."
            notices.append(AnswerWarning("fallback_model", message))
        if done.reason == "length":
            notices.append(AnswerWarning("answer_cut", "The answer reached its longest length."))
        return notices

    def status(self) -> Status:
        """How many passages the model reads."""
        return Status("reading", passages=len(self.plan.sent))
