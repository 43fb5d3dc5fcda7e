"""The few words in a sentence that answer a question, by rules."""

from __future__ import annotations

from collections.abc import Sequence


def short_answer(question: str, sentences: Sequence[str]) -> str | None:
    """The span of ``sentences`` (best first) that answers ``question``, None when unsure."""
    return None
