"""What a follow-up question may look back on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation, oldest first in every sequence of them.

    ``sources`` are the titles (or names) of the documents an answer cited, first cited first.
    ``message_id`` is set for stored turns: an answer that was written from them depends on their
    evidence too.
    """

    role: Literal["user", "assistant"]
    content: str
    sources: tuple[str, ...] = ()
    message_id: str | None = None
