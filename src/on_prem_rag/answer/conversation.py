"""Answers in conversations: tasks of their own, stored as they are written."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from on_prem_rag.access.caller import Caller
from on_prem_rag.answer.bounds import Bounds

DEFAULT_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it is replayed: ``number`` (from 1) is what Last-Event-ID carries."""

    number: int
    type: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """The ids of the stored question and of the answer being written."""

    question_id: str
    answer_id: str


class ConversationAnswers:
    """Runs the answers of conversations; they go on when the tab is closed."""

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
        raise NotImplementedError

    async def follow(
        self, caller: Caller, message_id: str, after: int = 0
    ) -> AsyncGenerator[StoredEvent]:
        """The answer's events with a number above ``after``, then those to come, to the end.

        The last event is always ``done`` or ``error``. Works on any replica. Raises MessageNotFound
        before the first event. Closing it does not stop the answer.
        """
        raise NotImplementedError
        yield

    async def cancel(self, caller: Caller, message_id: str) -> None:
        """Stop an answer, on whichever replica it is written; a finished one is left as it is."""
        raise NotImplementedError

    async def recover(self) -> int:
        """Mark answers whose owner is dead as interrupted; at start and now and then. How many."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop every answer written here and mark it interrupted."""
        raise NotImplementedError
