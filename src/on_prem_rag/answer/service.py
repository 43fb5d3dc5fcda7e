"""Answers one question over what the caller may read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import Executor
from contextlib import aclosing
from contextvars import copy_context
from dataclasses import dataclass, replace
from typing import ParamSpec, Protocol, TypeVar

import structlog

from on_prem_rag.access.caller import Caller
from on_prem_rag.answer.bounds import Bounds
from on_prem_rag.answer.budget import Fitter
from on_prem_rag.answer.events import (
    AnswerEvent,
    AnswerWarning,
    Done,
    Error,
    NumberedPassage,
    Passages,
    Status,
)
from on_prem_rag.answer.extractive import extract
from on_prem_rag.answer.follow_up import FollowUps
from on_prem_rag.answer.generated import GeneratedAnswer
from on_prem_rag.answer.generation import ModelCalls
from on_prem_rag.answer.stopwatch import Stopwatch
from on_prem_rag.answer.support import SupportChecker
from on_prem_rag.answer.witness import AuditWitness
from on_prem_rag.config import Settings
from on_prem_rag.conversations.history import Turn
from on_prem_rag.errors import AppError, GenerationError, InvalidInput, ModelNotFound
from on_prem_rag.llm.protocols import Embedder, Generator
from on_prem_rag.llm.queue import GenerationQueue
from on_prem_rag.monitoring.logging import question_hash
from on_prem_rag.monitoring.metrics import QUERY_ERRORS
from on_prem_rag.retrieve.passage import SearchQuery, SearchResult
from on_prem_rag.settings.values import RuntimeValues, default_values

NOT_FOUND_BELOW = 0.1
"""Confidence below which the passages are taken not to hold the answer, unless a setting says.

Of 300 questions that a collection answers 1 % lie below 0.09; questions about something else lie
below 0.05.
"""
NEAREST_SHOWN = 3
MAX_QUESTION = 4000
DEFAULT_BOUNDS = Bounds()

_P = ParamSpec("_P")
_T = TypeVar("_T")
_log = structlog.get_logger(__name__)


class Searcher(Protocol):
    """The part of the retriever that answers need."""

    def search(self, caller: Caller, query: SearchQuery) -> SearchResult:
        """Passages the caller may read, best first; called on a thread."""
        ...


@dataclass(frozen=True)
class _Question:
    """One question on its way: ``asked`` as typed, ``query`` self-contained."""

    caller: Caller
    asked: str
    query: str
    history: tuple[Turn, ...]
    model: str
    values: RuntimeValues
    watch: Stopwatch


class AnswerService:
    """One-shot answers: search, fit, generate (or extract), check.

    ``pool`` runs what blocks; ``embedder`` gives the serving generation's embedder, or None.
    ``generator`` None means that every answer is extractive. ``witness`` records what is shown.
    ``values`` gives, on a thread, what administrators set; without it the defaults hold.
    """

    def __init__(
        self,
        retriever: Searcher,
        generator: Generator | None,
        queue: GenerationQueue,
        *,
        settings: Settings,
        pool: Executor,
        embedder: Callable[[], Embedder | None] = lambda: None,
        witness: AuditWitness | None = None,
        values: Callable[[], RuntimeValues] | None = None,
    ) -> None:
        defaults = RuntimeValues.model_construct(**default_values(settings))
        self._values = values or (lambda: defaults)
        self._witness = witness
        self._retriever = retriever
        self._settings = settings
        self._pool = pool
        self._calls = ModelCalls(generator, queue) if generator is not None else None
        self._follow_ups = FollowUps(self._calls)
        self._support = SupportChecker(embedder)

    async def answer(
        self,
        caller: Caller,
        question: str,
        *,
        history: Sequence[Turn] = (),
        bounds: Bounds = DEFAULT_BOUNDS,
        model: str | None = None,
    ) -> AsyncGenerator[AnswerEvent]:
        """Stream the answer; ends with exactly one Done or Error event.

        Close the generator (``async with aclosing(...)``) to cancel: the model's slot is freed and
        no task is left. Raises InvalidInput for an empty or overlong question before any event.
        """
        text = check_question(question)
        watch = Stopwatch()
        outcome = "cancelled"
        try:
            values = await self._in_pool(self._values)
            asked = _Question(
                caller, text, text, tuple(history), model or values.chat_model, values, watch
            )
            async with aclosing(self._events(asked, bounds)) as events:
                async for event in events:
                    if isinstance(event, Done):
                        outcome = event.mode
                    elif isinstance(event, Passages):
                        await self._record(caller, text, event)
                    yield event
        except AppError as error:
            outcome = error.code
            QUERY_ERRORS.labels(outcome).inc()
            yield Error.of(error)
        finally:
            _log.info(
                "answered",
                question_hash=question_hash(text),
                user_id=caller.id,
                outcome=outcome,
                cache_hit=False,
                latency_ms=watch.elapsed(),
            )

    async def _events(self, asked: _Question, bounds: Bounds) -> AsyncGenerator[AnswerEvent]:
        if self._follow_ups.needed(asked.asked, asked.history):
            yield Status("understanding")
            asked = await self._self_contained(asked)
        yield Status("searching")
        result = await self._search(asked, bounds)
        for part in result.degraded:
            yield AnswerWarning(
                "search_degraded", f"The {part} search is down; the other one answered."
            )
        passages = [NumberedPassage(i, p) for i, p in enumerate(result.passages, start=1)]
        if not passages or result.confidence < self._threshold():
            yield Passages(tuple(passages[:NEAREST_SHOWN]), search_query=asked.query)
            yield _not_found(asked, result)
            return
        async with aclosing(self._written(asked, passages, result)) as events:
            async for event in events:
                yield event

    async def _written(
        self, asked: _Question, passages: list[NumberedPassage], result: SearchResult
    ) -> AsyncGenerator[AnswerEvent]:
        """A generated answer or, when none can be begun, an extractive one."""
        answer: GeneratedAnswer | None = None
        try:
            answer = self._begin(asked, passages)
            yield answer.passages()
            yield answer.status()
            async with aclosing(answer.events(asked.caller, asked.watch)) as events:
                async for event in events:
                    yield event
            yield await self._finish(asked, answer, result)
            return
        except GenerationError as error:
            if answer is not None and answer.draft.text:
                raise
            QUERY_ERRORS.labels(error.code).inc()
            yield AnswerWarning(
                error.code, f"{error.message} The best passages are quoted instead."
            )
        shown = tuple(passages) if answer is None else answer.plan.sent
        if answer is None:
            yield Passages(shown, search_query=asked.query)
            yield Status("reading", passages=len(shown))
        async with aclosing(self._extracted(asked, shown, result)) as events:
            async for event in events:
                yield event

    def _begin(self, asked: _Question, passages: list[NumberedPassage]) -> GeneratedAnswer:
        if self._calls is None:
            raise ModelNotFound("No model is set up.")
        estimator = self._calls.estimator(asked.model)
        fitter = Fitter(estimator, asked.values.num_ctx, asked.values.num_predict)
        plan = fitter.fit(asked.asked, passages, asked.history)
        return GeneratedAnswer(self._calls, fitter, asked.model, plan, asked.query)

    async def _finish(
        self, asked: _Question, answer: GeneratedAnswer, result: SearchResult
    ) -> Done:
        draft, counted = answer.draft, answer.done
        support = await self._in_pool(
            self._support.check, draft.text, draft.markers, draft.passages
        )
        return Done(
            mode="generated",
            model=counted.model if counted else asked.model,
            finish_reason=counted.reason if counted else "stop",
            confidence=result.confidence,
            support=support,
            budget=answer.plan.budget(
                counted.prompt_tokens if counted else 0,
                counted.completion_tokens if counted else 0,
            ),
            timings=asked.watch.total(),
        )

    async def _extracted(
        self, asked: _Question, passages: Sequence[NumberedPassage], result: SearchResult
    ) -> AsyncGenerator[AnswerEvent]:
        answer = await self._in_pool(extract, asked.query, passages)
        asked.watch.lap("first_token")
        for event in answer.events:
            yield event
        yield Done(
            mode="extractive",
            model=None,
            finish_reason="stop",
            confidence=result.confidence,
            support=answer.support,
            short_answer=answer.short_answer,
            timings=asked.watch.total(),
        )

    async def _self_contained(self, asked: _Question) -> _Question:
        query = await self._follow_ups.resolve(
            asked.caller, asked.asked, asked.history, asked.model, asked.values.num_ctx
        )
        asked.watch.lap("understood")
        return replace(asked, query=query)

    async def _search(self, asked: _Question, bounds: Bounds) -> SearchResult:
        query = bounds.query(
            asked.query,
            strategy=self._settings.default_retrieval_strategy,
            top_k=self._settings.max_retrieval_results,
        )
        result = await self._in_pool(self._retriever.search, asked.caller, query)
        asked.watch.lap("searched")
        return result

    async def _record(self, caller: Caller, question: str, event: Passages) -> None:
        if self._witness is not None:
            shown = [numbered.passage for numbered in event.passages]
            # The pool's threads have contexts of their own; the event names the request.
            run = copy_context().run
            await self._in_pool(run, self._witness.asked, caller, question, shown)

    def _threshold(self) -> float:
        chosen = self._settings.similarity_threshold
        return NOT_FOUND_BELOW if chosen is None else chosen

    async def _in_pool(self, work: Callable[_P, _T], *args: _P.args, **_: _P.kwargs) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *args)


def _not_found(asked: _Question, result: SearchResult) -> Done:
    return Done(
        mode="not_found",
        model=None,
        finish_reason="stop",
        confidence=result.confidence,
        timings=asked.watch.total(),
    )


def check_question(question: str) -> str:
    """The question without outer white space. Raises InvalidInput when empty or too long."""
    text = question.strip()
    if not text:
        raise InvalidInput("The question is empty.", hint="Type a question.")
    if len(text) > MAX_QUESTION:
        raise InvalidInput(f"The question is longer than {MAX_QUESTION} characters.")
    return text
