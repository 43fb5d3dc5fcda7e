"""Answers one question over what the caller may read."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from on_prem_rag.access.caller import Caller
from on_prem_rag.answer.bounds import Bounds
from on_prem_rag.answer.events import AnswerEvent
from on_prem_rag.conversations.history import Turn

DEFAULT_BOUNDS = Bounds()


class AnswerService:
    """One-shot answers: search, fit, generate (or extract), check."""

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
        no task is left. Raises InvalidInput for an empty question before the first event.
        """
        raise NotImplementedError
        yield
