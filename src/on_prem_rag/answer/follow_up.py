"""Makes a follow-up question self-contained: by one short model call, or by rules."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from on_prem_rag.access.caller import Caller
from on_prem_rag.answer.generation import ModelCalls
from on_prem_rag.answer.prompt import build_rewriting_prompt
from on_prem_rag.answer.reference import leaning
from on_prem_rag.answer.rewrite import write_out
from on_prem_rag.answer.words import content_words
from on_prem_rag.conversations.history import Turn
from on_prem_rag.errors import GenerationError
from on_prem_rag.llm.protocols import GenerationRequest

PATIENCE = 8.0
"""Seconds for the model's turn, waiting included; the rules answer in microseconds."""
_NUM_PREDICT = 96
_LONGEST = 500
_KEPT = 0.5
"""Share of the question's content words a rewriting must keep to be believed."""

_log = structlog.get_logger(__name__)


class FollowUps:
    """Decides whether a question needs its conversation, and writes it out in full."""

    def __init__(self, calls: ModelCalls | None) -> None:
        self._calls = calls

    def needed(self, question: str, history: Sequence[Turn]) -> bool:
        """Whether ``question`` leans on earlier turns."""
        return leaning(question, history) != "none"

    async def resolve(
        self, caller: Caller, question: str, history: Sequence[Turn], model: str, num_ctx: int
    ) -> str:
        """The question to search for; never fails, as the rules need no model."""
        by_rules = write_out(question, history)
        if self._calls is None:
            return by_rules
        request = GenerationRequest(
            messages=build_rewriting_prompt(question, history),
            model=model,
            num_ctx=num_ctx,
            num_predict=_NUM_PREDICT,
        )
        try:
            async with asyncio.timeout(PATIENCE):
                written = await self._calls.complete(caller, request)
        except (GenerationError, TimeoutError) as error:
            _log.info("rewritten_by_rules", error_type=type(error).__name__)
            return by_rules
        return _believed(question, written) or by_rules


def _believed(question: str, written: str) -> str | None:
    """The model's rewriting, None when it is no better form of the question."""
    text = written.strip().partition("\n")[0].strip().strip("\"'“”„«»").strip()
    words = set(content_words(question))
    kept = len(words & set(content_words(text)))
    if not text or len(text) > _LONGEST or text.casefold() == question.casefold():
        return None
    return text if kept >= _KEPT * len(words) else None
