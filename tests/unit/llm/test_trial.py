from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from on_prem_rag.llm.protocols import GenerationDone, GenerationEvent, GenerationRequest, TextDelta
from on_prem_rag.llm.trial import try_model


class Slow:
    """Three pieces with a little time between them."""

    request: GenerationRequest | None = None

    async def stream(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        self.request = request
        for piece in (" Mon", "day", "."):
            await asyncio.sleep(0.01)
            yield TextDelta(piece)
        yield GenerationDone("m", "stop", 5, 3)


def test_a_trial_tells_text_and_speed() -> None:
    model = Slow()
    trial = asyncio.run(try_model(model, "m", 2048))  # type: ignore[arg-type]
    assert (trial.text, trial.tokens) == ("Monday.", 3)
    assert 0 < trial.first_token_ms < trial.total_ms
    assert trial.tokens_per_second is not None
    assert trial.tokens_per_second <= 2 / 0.02
    assert model.request is not None
    assert model.request.num_ctx == 2048
