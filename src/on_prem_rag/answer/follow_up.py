"""Makes a follow-up question self-contained from the conversation before it."""

from __future__ import annotations

from collections.abc import Sequence

from on_prem_rag.access.caller import Caller
from on_prem_rag.answer.generation import ModelCalls
from on_prem_rag.config import Settings
from on_prem_rag.conversations.history import Turn


class FollowUps:
    """Decides whether a question needs its conversation, and writes it out in full."""

    def __init__(self, calls: ModelCalls | None, settings: Settings) -> None:
        self._calls = calls
        self._settings = settings

    def needed(self, question: str, history: Sequence[Turn]) -> bool:
        """Whether ``question`` leans on earlier turns."""
        return bool(history)

    async def resolve(
        self, caller: Caller, question: str, history: Sequence[Turn], model: str
    ) -> str:
        """The question in full."""
        return question
