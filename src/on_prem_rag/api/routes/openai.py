"""OpenAI-compatible routes over the same answers, so that existing clients work."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.sse import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from on_prem_rag.answer.events import AnswerEvent, Done, Error, Token
from on_prem_rag.api.dependencies import ApplianceDep, AskingDep, TalkerDep
from on_prem_rag.api.disconnect import CLIENT_GONE, until_disconnect
from on_prem_rag.api.middleware.bounds import lift_bounds
from on_prem_rag.api.openai_errors import OpenAIError, openai_error
from on_prem_rag.api.responses import phrase_of, status_of, wire_error
from on_prem_rag.api.routes.models import installed_models
from on_prem_rag.api.routes.search import failure_of, fold_answer
from on_prem_rag.api.schemas.answers import AnswerFold, CitationBody
from on_prem_rag.api.schemas.openai import (
    ChatCompletion,
    ChatRequest,
    ChatTurn,
    ModelCard,
    ModelCards,
)
from on_prem_rag.api.sse import STREAM_CONTENT, event, open_stream
from on_prem_rag.conversations.history import Turn
from on_prem_rag.errors import InvalidInput

_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": OpenAIError, "description": phrase_of(status)}
    for status in (401, 403, 422, 429, 503)
}
router = APIRouter(prefix="/v1", tags=["openai"], responses=_ERRORS)
NOT_FOUND = "This was not found in your documents."
"""What these clients show where ours have a form of its own for it."""
_COMPLETION: dict[int | str, dict[str, Any]] = {
    200: {
        "model": ChatCompletion,
        "description": "The answer; with `stream` as chunks that end with `[DONE]`.",
        "content": STREAM_CONTENT,
    },
    504: {"model": OpenAIError, "description": "The model was silent too long."},
}


@router.get("/models", summary="List models as OpenAI does")
async def list_model_cards(_caller: TalkerDep, appliance: ApplianceDep) -> ModelCards:
    """The models that can be asked for; the default one also while Ollama is down."""
    installed = await installed_models(appliance) or []
    names = [model.name for model in installed if "completion" in model.capabilities]
    shown = names or [(await run_in_threadpool(appliance.runtime.current)).chat_model]
    return ModelCards(data=[ModelCard(id=name) for name in shown])


@router.post(
    "/chat/completions",
    summary="Ask as OpenAI's clients do",
    responses=_COMPLETION,
    response_model=ChatCompletion,
)
async def create_chat_completion(
    body: ChatRequest, request: Request, caller: AskingDep, appliance: ApplianceDep
) -> ChatCompletion | Response:
    """Answer the last user message from the caller's documents; earlier turns are its history.

    System messages and sampling parameters are ignored. Citations come as a field and as
    footnotes in the text.
    """
    lift_bounds(request)
    question, history = _split(body.messages)
    events = appliance.answers.answer(caller, question, history=history, model=body.model or None)
    default = await run_in_threadpool(appliance.runtime.current)
    shape = _Shape(body.model or default.chat_model)
    if body.stream:
        usage = body.stream_options.include_usage
        return await open_stream(_chunks(events, shape, usage))
    fold = await until_disconnect(request, fold_answer(events))
    if fold is None:
        return Response(status_code=CLIENT_GONE)
    if fold.done is None:
        raise failure_of(fold)
    return shape.completion(fold)


def _split(turns: list[ChatTurn]) -> tuple[str, list[Turn]]:
    """The question, and the turns before it."""
    if turns[-1].role != "user":
        raise InvalidInput("The last message must be the user's question.")
    spoken = [(turn.role, turn.text()) for turn in turns[:-1]]
    history = [
        Turn("user" if role == "user" else "assistant", text)
        for role, text in spoken
        if role in ("user", "assistant") and text
    ]
    return turns[-1].text().replace("\x00", ""), history


class _Shape:
    """Writes one answer's bodies in OpenAI's form."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._id = f"chatcmpl-{uuid.uuid4().hex}"
        self._created = int(time.time())

    def completion(self, fold: AnswerFold) -> ChatCompletion:
        """The whole answer."""
        text = (fold.text or NOT_FOUND) + footnotes(fold.citations)
        message = {"role": "assistant", "content": text}
        finish = _finish(fold.done)
        return ChatCompletion(
            id=self._id,
            created=self._created,
            model=(fold.done.model if fold.done else None) or self._model,
            choices=[{"index": 0, "message": message, "finish_reason": finish}],
            usage=_usage(fold.done),
            citations=[citation.model_dump() for citation in fold.citations],
        )

    def chunk(
        self, delta: dict[str, Any], finish: str | None = None, **extra: Any
    ) -> ServerSentEvent:
        """One piece of a streamed answer."""
        return self._event([{"index": 0, "delta": delta, "finish_reason": finish}], extra)

    def usage_chunk(self, done: Done) -> ServerSentEvent:
        """The last piece, when the client asked for the usage."""
        return self._event([], {"usage": _usage(done)})

    def _event(self, choices: list[dict[str, Any]], extra: dict[str, Any]) -> ServerSentEvent:
        body = {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": self._created,
            "model": self._model,
            "choices": choices,
        }
        return event(None, body | extra)


async def _chunks(
    events: AsyncGenerator[AnswerEvent], shape: _Shape, usage: bool
) -> AsyncGenerator[ServerSentEvent]:
    fold = AnswerFold()
    yield shape.chunk({"role": "assistant", "content": ""})
    async with aclosing(events):
        async for item in events:
            fold.add(item)
            if isinstance(item, Token):
                yield shape.chunk({"content": item.text})
            elif isinstance(item, Error):
                failed = wire_error(item.code, status_of(item.code), item.message, item.hint)
                yield event(None, openai_error(failed))
            elif isinstance(item, Done):
                if rest := (footnotes(fold.citations) if fold.text else NOT_FOUND):
                    yield shape.chunk({"content": rest})
                cited = [citation.model_dump() for citation in fold.citations]
                yield shape.chunk({}, _finish(item), citations=cited)
                if usage:
                    yield shape.usage_chunk(item)
    yield ServerSentEvent(raw_data="[DONE]")


def footnotes(citations: list[CitationBody]) -> str:
    """A line for each marker: its document and page."""
    lines = {
        cited.marker: f"[{cited.marker}] {cited.document_name}"
        + (f", page {cited.page}" if cited.page is not None else "")
        for cited in citations
    }
    return "\n\n" + "\n".join(lines[marker] for marker in sorted(lines)) if lines else ""


def _finish(done: Done | None) -> str:
    return "length" if done is not None and done.finish_reason == "length" else "stop"


def _usage(done: Done | None) -> dict[str, int]:
    budget = done.budget if done else None
    prompt = budget.prompt_tokens if budget else 0
    completion = budget.completion_tokens if budget else 0
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
