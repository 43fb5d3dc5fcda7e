"""Generation by an Ollama server over its native ``/api/chat``.

The OpenAI route of the same server cannot set ``num_ctx`` and swallows errors in mid-stream.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import httpx
from ollama import ChatResponse

from on_prem_rag.errors import (
    GenerationError,
    GenerationInterrupted,
    GenerationTimeout,
    ModelBusy,
    ModelFailed,
    ModelNotFound,
)
from on_prem_rag.llm.ollama_client import AsyncNativeClient
from on_prem_rag.llm.ollama_errors import CLIENT_ERRORS, translate
from on_prem_rag.llm.protocols import (
    GenerationDone,
    GenerationEvent,
    GenerationRequest,
    ModelInfo,
    TextDelta,
)
from on_prem_rag.llm.thinking import ThinkingFilter

_T = TypeVar("_T")
_Lines = AsyncGenerator[ChatResponse, None]

_BUSY_PAUSE_S = 0.25
_BUSY_PAUSE_MAX_S = 4.0
_END_OF_BODY_S = 0.1


@dataclass(frozen=True)
class Timeouts:
    """Seconds: until the first line, between two lines, and for the whole answer."""

    first_token: float
    between_tokens: float
    total: float


class _Clock:
    """The deadlines of one answer."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        now = asyncio.get_running_loop().time()
        self._total = now + timeouts.total
        self.first_token = min(now + timeouts.first_token, self._total)
        self.started = False

    async def wait(self, awaitable: Awaitable[_T]) -> _T:
        """The result, or GenerationTimeout with the phase whose time ran out."""
        now = asyncio.get_running_loop().time()
        between = now + self._timeouts.between_tokens
        limit = min(between, self._total) if self.started else self.first_token
        try:
            async with asyncio.timeout_at(limit):
                return await awaitable
        except TimeoutError as error:
            if limit == self._total:
                phase, seconds = "total", self._timeouts.total
            elif self.started:
                phase, seconds = "between_tokens", self._timeouts.between_tokens
            else:
                phase, seconds = "first_token", self._timeouts.first_token
            message = f"The model was not done within {seconds:g} s ({phase})."
            raise GenerationTimeout(message, phase=phase) from error


class OllamaGenerator:
    """A Generator over one Ollama server. Times are in seconds, ``keep_alive`` is Ollama's.

    Every request states ``num_ctx``, ``num_predict``, ``temperature``, and asks not to truncate, to
    shift or to think. A busy server is asked again until ``first_token_timeout``. A model named in
    ``expected_digests`` (sha256 in hex, or its first 12 digits or more) is used only while the
    server's copy has that digest; otherwise ModelNotFound is raised before any text.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        connect_timeout: float = 2.0,
        first_token_timeout: float = 120.0,
        between_tokens_timeout: float = 30.0,
        total_timeout: float = 300.0,
        keep_alive: str = "30m",
        expected_digests: Mapping[str, str] | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._timeouts = Timeouts(first_token_timeout, between_tokens_timeout, total_timeout)
        self._keep_alive = keep_alive
        self._expected = dict(expected_digests or {})
        self._cannot_think: set[str] = set()
        # Each exchange about the server itself is short; a loaded model does not slow it down.
        self._management_timeout = max(connect_timeout, min(10.0, first_token_timeout))
        self._client = AsyncNativeClient(endpoint, connect_timeout=connect_timeout)

    async def stream(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        """Answer ``request``; see Generator. Closing the iterator closes the HTTP stream at once.

        Raises ModelUnreachable, ModelNotFound, ModelBusy, ModelFailed, ContextOverflow,
        GenerationTimeout, and GenerationInterrupted when the stream ends without its last line.
        """
        clock = _Clock(self._timeouts)
        await self._verify_digest(request.model, clock)
        lines, line = await self._open(request, clock)
        visible = ThinkingFilter()
        try:
            while True:
                clock.started = True
                text = visible.feed(line.message.content or "")
                if line.done:
                    text += visible.flush()
                if text:
                    yield TextDelta(text)
                if line.done:
                    break
                line = await self._next(lines, clock, request)
            await _read_end(lines)
            yield _done(line, request.model)
        finally:
            await lines.aclose()

    async def list_models(self) -> list[ModelInfo]:
        """Installed models with what they can do; ``context_length`` in tokens where known.

        Raises ModelUnreachable, or ModelFailed when the answer is not Ollama's.
        """
        models = []
        for entry in await self._installed():
            details = dict(entry.get("details") or {})
            capabilities, context = entry.get("capabilities"), details.get("context_length")
            if capabilities is None or context is None:  # servers before 0.33 tell only in show
                shown = await self._ask("POST", "/api/show", {"model": entry["name"]})
                capabilities = shown.get("capabilities") or []
                context = _context_length(shown)
            models.append(
                ModelInfo(
                    name=str(entry["name"]),
                    digest=str(entry.get("digest", "")),
                    size_bytes=int(entry.get("size", 0)),
                    capabilities=tuple(capabilities),
                    context_length=context,
                    details=details,
                )
            )
        return models

    async def context_length(self, model: str) -> int | None:
        """Tokens ``model`` was trained for, None when it does not say. Raises ModelNotFound."""
        return _context_length(await self._ask("POST", "/api/show", {"model": model}))

    async def version(self) -> str:
        """The server's version. Raises ModelUnreachable."""
        return str((await self._ask("GET", "/api/version")).get("version", ""))

    async def vram(self) -> dict[str, float]:
        """Bytes of graphics memory by loaded model. Raises ModelUnreachable, ModelFailed."""
        entries = (await self._ask("GET", "/api/ps")).get("models")
        loaded = [e for e in entries or [] if isinstance(e, dict) and "name" in e]
        return {str(entry["name"]): float(entry.get("size_vram") or 0) for entry in loaded}

    async def ping(self) -> None:
        """Return when an Ollama server answers; raises ModelUnreachable, ModelFailed or timeout."""
        await self.version()

    async def close(self) -> None:
        """Close connections."""
        await self._client.aclose()

    async def _open(self, request: GenerationRequest, clock: _Clock) -> tuple[_Lines, ChatResponse]:
        """The stream and its first line, asking again while the server is busy."""
        pause = _BUSY_PAUSE_S
        while True:
            lines = cast(_Lines, await self._client.chat_lines(self._payload(request)))
            try:
                return lines, await self._next(lines, clock, request)
            except ModelBusy:
                now = asyncio.get_running_loop().time()
                delay = pause * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, no secret
                if now + delay >= clock.first_token:
                    raise
                await asyncio.sleep(delay)
                pause = min(pause * 2, _BUSY_PAUSE_MAX_S)
            except ModelFailed as error:
                thinking = "does not support thinking" in error.message
                if not thinking or request.model in self._cannot_think:
                    raise
                self._cannot_think.add(request.model)

    def _payload(self, request: GenerationRequest) -> dict[str, Any]:
        payload: dict[str, Any] = {
            "model": request.model,
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
            "stream": True,
            "keep_alive": self._keep_alive,
            "truncate": False,
            "shift": False,
            "options": {
                "num_ctx": request.num_ctx,
                "num_predict": request.num_predict,
                "temperature": request.temperature,
            },
        }
        if request.model not in self._cannot_think:
            payload["think"] = False
        return payload

    async def _next(self, lines: _Lines, clock: _Clock, request: GenerationRequest) -> ChatResponse:
        try:
            return await clock.wait(anext(lines))
        except StopAsyncIteration:
            if not clock.started:
                raise ModelFailed("Ollama sent an empty answer.") from None
            raise GenerationInterrupted("The model stopped in mid-answer.") from None
        except (httpx.ReadError, httpx.RemoteProtocolError) as error:
            if not clock.started:
                raise self._translated(error, request.model) from error
            raise GenerationInterrupted("Ollama broke off in mid-answer.") from error
        except CLIENT_ERRORS as error:
            raise self._translated(error, request.model) from error

    def _translated(self, error: Exception, model: str) -> GenerationError:
        return translate(error, model=model, endpoint=self.endpoint)

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One short exchange whose answer is a JSON object."""
        model = str((body or {}).get("model", ""))
        try:
            async with asyncio.timeout(self._management_timeout):
                answer = await self._client.request_json(method, path, body)
        except TimeoutError as error:
            message = f"Ollama at {self.endpoint} does not answer."
            raise GenerationTimeout(message, phase="first_token") from error
        except CLIENT_ERRORS as error:
            raise self._translated(error, model) from error
        if not isinstance(answer, dict):
            raise ModelFailed("The answer is not Ollama's protocol.")
        return answer

    async def _installed(self) -> list[dict[str, Any]]:
        entries = (await self._ask("GET", "/api/tags")).get("models")
        return [e for e in entries or [] if isinstance(e, dict) and "name" in e]

    async def _verify_digest(self, model: str, clock: _Clock) -> None:
        expected = self._expected.get(model)
        if expected is None:
            return
        installed = await clock.wait(self._installed())
        names = {model, f"{model}:latest"}
        found = [str(entry.get("digest", "")) for entry in installed if entry["name"] in names]
        if not found:
            raise ModelNotFound(f"Ollama has no model {model!r}.")
        wanted = expected.removeprefix("sha256:").lower()
        if len(wanted) < 12 or not found[0].removeprefix("sha256:").startswith(wanted):
            raise ModelNotFound(
                f"wrong digest of model {model!r}: {found[0][:12]} instead of {wanted[:12]}",
                hint="Load the pinned copy of the model, or correct the pinned digest.",
            )


def _context_length(shown: Mapping[str, Any]) -> int | None:
    info = shown.get("model_info") or {}
    length = info.get(f"{info.get('general.architecture')}.context_length")
    return length if isinstance(length, int) else None


def _done(line: ChatResponse, model: str) -> GenerationDone:
    return GenerationDone(
        model=model,
        reason=line.done_reason or "stop",
        prompt_tokens=line.prompt_eval_count or 0,
        completion_tokens=line.eval_count or 0,
    )


async def _read_end(lines: _Lines) -> None:
    """Read past the last line, so that the connection can be used again."""
    with contextlib.suppress(TimeoutError, StopAsyncIteration, *CLIENT_ERRORS):
        async with asyncio.timeout(_END_OF_BODY_S):
            await anext(lines)
