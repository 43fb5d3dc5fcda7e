"""A second model for when the first is missing or broken."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import cast

from on_prem_rag.errors import ModelFailed, ModelNotFound
from on_prem_rag.llm.protocols import (
    GenerationEvent,
    GenerationRequest,
    Generator,
    ModelInfo,
)

_log = logging.getLogger(__name__)


class FallbackGenerator:
    """Asks ``fallback_model`` when the requested model fails before its first text.

    Only ModelNotFound and ModelFailed lead there: a server that is unreachable, busy or slow would
    be so for the second model too. GenerationDone names the model that answered. When both fail the
    second error is raised with the first as its cause.
    """

    def __init__(self, generator: Generator, fallback_model: str) -> None:
        self._generator = generator
        self._fallback_model = fallback_model

    async def stream(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        """Answer ``request`` with its model or, before any text came, with the fallback."""
        started = False
        try:
            async with aclosing(self._open(request)) as events:
                async for event in events:
                    started = True
                    yield event
            return
        except (ModelNotFound, ModelFailed) as error:
            if started or request.model == self._fallback_model:
                raise
            failure = error
        _log.warning(
            "model %s failed (%s), asking %s", request.model, failure.code, self._fallback_model
        )
        try:
            async with aclosing(self._open(replace(request, model=self._fallback_model))) as events:
                async for event in events:
                    yield event
        except (ModelNotFound, ModelFailed) as error:
            raise error from failure

    async def list_models(self) -> list[ModelInfo]:
        """Installed models. Raises ModelUnreachable."""
        return await self._generator.list_models()

    async def close(self) -> None:
        """Close the wrapped generator."""
        await self._generator.close()

    def _open(self, request: GenerationRequest) -> AsyncGenerator[GenerationEvent, None]:
        return cast("AsyncGenerator[GenerationEvent, None]", self._generator.stream(request))
