"""Answers in conversations: tasks of their own, stored as they are written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Executor
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.answer.bounds import Bounds
from on_prem_rag.answer.events import Done, Error
from on_prem_rag.answer.keeper import Keeper
from on_prem_rag.answer.replay import replay
from on_prem_rag.answer.running import RunningAnswer, StopReason
from on_prem_rag.answer.service import AnswerService, check_question
from on_prem_rag.conversations.history import Turn
from on_prem_rag.conversations.journal import (
    StoredEvent,
    interrupt_expired,
    open_answer,
    request_cancel,
)
from on_prem_rag.conversations.rights import lost_sources
from on_prem_rag.conversations.service import ConversationService
from on_prem_rag.db.base import new_id
from on_prem_rag.db.session import Database
from on_prem_rag.errors import MessageNotFound, ServiceUnavailable

__all__ = ["AskedQuestion", "ConversationAnswers", "StoredEvent"]

DEFAULT_BOUNDS = Bounds()
_T = TypeVar("_T")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """The ids of the stored question and of the answer being written."""

    question_id: str
    answer_id: str


class ConversationAnswers:
    """Runs the answers of conversations; they go on when the tab is closed.

    ``pool`` runs SQL. One event loop only.
    """

    def __init__(
        self,
        database: Database,
        answers: AnswerService,
        *,
        pool: Executor,
        conversations: ConversationService | None = None,
    ) -> None:
        self._database = database
        self._answers = answers
        self._pool = pool
        self._conversations = conversations or ConversationService()
        self._keeper = Keeper(database, pool)
        self._closing = False

    async def ask(
        self,
        caller: Caller,
        conversation_id: str,
        question: str,
        *,
        bounds: Bounds = DEFAULT_BOUNDS,
        model: str | None = None,
    ) -> AskedQuestion:
        """Store the question, start its answer, return at once.

        Raises ConversationNotFound, InvalidInput (empty question), Conflict (the conversation's
        last answer is still being written) and ServiceUnavailable (shutting down).
        """
        if self._closing:
            raise ServiceUnavailable("The server is shutting down.")
        text = check_question(question)
        history = await self._read(
            lambda session: self._conversations.history(session, caller, conversation_id)
        )
        asked = AskedQuestion(new_id(), new_id())
        run = RunningAnswer(asked.answer_id, caller)
        # The search begins while the question is being stored: neither needs the other.
        run.task = asyncio.create_task(self._run(run, text, history, bounds, model))
        try:
            await self._write(
                lambda session: open_answer(
                    session,
                    caller,
                    conversation_id,
                    question_id=asked.question_id,
                    answer_id=asked.answer_id,
                    question=text,
                    filters=bounds.to_dict(),
                    history=history,
                    owner=self._keeper.owner,
                )
            )
        except BaseException:
            run.task.cancel()
            raise
        self._keeper.add(run)
        return asked

    async def follow(
        self, caller: Caller, message_id: str, after: int = 0
    ) -> AsyncGenerator[StoredEvent]:
        """The answer's events with a number above ``after``, then those to come, to the end.

        The last event is always ``done`` or ``error``. Works on any replica. Raises MessageNotFound
        before the first event. Closing it does not stop the answer.
        """
        run = self._keeper.find(message_id)
        if run is None or run.caller.id != caller.id:
            events = replay(self._database, self._pool, caller, message_id, after)
        # What is kept in memory is checked here; what is read from SQL is checked there.
        elif await self._read(partial(self._may_follow, run)):
            events = run.follow(after)
        else:
            events = self._withdraw(run, after)
        async with aclosing(events) as stream:
            async for event in stream:
                yield event

    async def cancel(self, caller: Caller, message_id: str) -> None:
        """Stop an answer, on whichever replica it is written; a finished one is left as it is.

        Raises MessageNotFound.
        """
        await self._write(lambda session: request_cancel(session, caller, message_id))
        run = self._keeper.find(message_id)
        if run is not None:
            self._keeper.stop(run, "cancelled")

    async def recover(self) -> int:
        """Mark answers whose owner is dead as interrupted; at start and now and then. How many."""
        return await self._write(interrupt_expired)

    async def close(self, patience: float = 0.0) -> None:
        """Wait so many seconds for the answers written here, then mark the others interrupted."""
        self._closing = True
        await self._keeper.close(patience)

    async def _run(
        self,
        run: RunningAnswer,
        question: str,
        history: tuple[Turn, ...],
        bounds: Bounds,
        model: str | None,
    ) -> None:
        """Write one answer to its end, whatever happens."""
        try:
            answering = self._answers.answer(
                run.caller, question, history=history, bounds=bounds, model=model
            )
            async with aclosing(answering) as events:
                async for event in events:
                    if isinstance(event, Done | Error):
                        run.end(event)
                    else:
                        run.publish(event)
        except asyncio.CancelledError:
            if run.stop_reason is None:
                raise
            run.end(_STOPPED[run.stop_reason])
        except Exception:  # noqa: BLE001 - the edge of a task: nobody above would hear of it
            _log.exception("answer_failed", message_id=run.message_id)
            run.end(Error("internal", "The answer failed.", "Ask an administrator to look."))
        self._keeper.wake()

    def _may_follow(self, run: RunningAnswer, session: Session) -> bool:
        """Whether whoever asked may still see all of an answer that is being written."""
        try:
            view = self._conversations.message(session, run.caller, run.message_id)
        except MessageNotFound:
            return False
        return view.withheld is None and not lost_sources(session, run.caller, run.sources)

    async def _withdraw(self, run: RunningAnswer, after: int) -> AsyncGenerator[StoredEvent]:
        """Stop an answer that may not be shown any more, and say only that."""
        self._keeper.stop(run, "withheld")
        await run.closed()
        yield StoredEvent(after + 1, Error.type, _STOPPED["withheld"].to_dict())

    async def _read(self, work: Callable[[Session], _T]) -> _T:
        def unit() -> _T:
            with self._database.read() as session:
                return work(session)

        return await asyncio.get_running_loop().run_in_executor(self._pool, unit)

    async def _write(self, work: Callable[[Session], _T]) -> _T:
        def unit() -> _T:
            with self._database.write() as session:
                return work(session)

        return await asyncio.get_running_loop().run_in_executor(self._pool, unit)


_STOPPED: dict[StopReason, Error] = {
    "cancelled": Error("cancelled", "The answer was cancelled.", "Ask again to get a new one."),
    "interrupted": Error(
        "interrupted", "The server stopped while it wrote this answer.", "Ask again."
    ),
    "withheld": Error("withheld", "A source of this answer may no longer be shown.", "Ask again."),
}
