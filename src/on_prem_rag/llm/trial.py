"""One fixed question to a model, to see that it answers and how fast."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, cast

from on_prem_rag.llm.protocols import (
    ChatMessage,
    GenerationDone,
    GenerationRequest,
    Generator,
    TextDelta,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from on_prem_rag.llm.protocols import GenerationEvent

_PROMPT = "Name the days of the week in one sentence."
_NUM_PREDICT = 64


@dataclass(frozen=True, slots=True)
class Trial:
    """What came back: its text, milliseconds to the first of it, and tokens a second after that.

    ``tokens_per_second`` is None when too little came to tell.
    """

    model: str
    text: str
    first_token_ms: float
    total_ms: float
    tokens: int
    tokens_per_second: float | None


async def try_model(generator: Generator, model: str, num_ctx: int) -> Trial:
    """Ask ``model`` the fixed question. Raises what Generator.stream raises."""
    message = ChatMessage("user", _PROMPT)
    request = GenerationRequest((message,), model, num_ctx, _NUM_PREDICT)
    started = monotonic()
    first: float | None = None
    pieces: list[str] = []
    tokens = 0
    stream = cast("AsyncGenerator[GenerationEvent]", generator.stream(request))
    async with aclosing(stream) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                first = first if first is not None else monotonic()
                pieces.append(event.text)
            elif isinstance(event, GenerationDone):
                tokens = event.completion_tokens
    ended = monotonic()
    began = first if first is not None else ended
    writing = ended - began
    return Trial(
        model=model,
        text="".join(pieces).strip(),
        first_token_ms=round((began - started) * 1000, 1),
        total_ms=round((ended - started) * 1000, 1),
        tokens=tokens,
        tokens_per_second=round((tokens - 1) / writing, 1) if tokens > 1 and writing > 0 else None,
    )
