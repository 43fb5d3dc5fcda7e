"""Finding passages, and one-shot answers from them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.sse import ServerSentEvent

from on_prem_rag.answer.events import AnswerEvent
from on_prem_rag.api.dependencies import ApplianceDep, AskingDep, ReaderDep
from on_prem_rag.api.disconnect import CLIENT_GONE, until_disconnect
from on_prem_rag.api.middleware.bounds import lift_bounds
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN, error_examples, status_of, wire_error
from on_prem_rag.api.schemas.answers import AnswerFold, QueryRequest, QueryResponse
from on_prem_rag.api.schemas.search import PassageBody, SearchRequest, SearchResponse
from on_prem_rag.api.sse import STREAM_CONTENT, event, open_stream
from on_prem_rag.errors import AppError

router = APIRouter(prefix=API, tags=["questions"], responses=SIGNED_IN)
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "model": QueryResponse,
        "description": "The answer; with `stream` or `Accept: text/event-stream` as the events "
        "status, passages, token, citation, warning and at the end done or error.",
        "content": STREAM_CONTENT,
    },
    **error_examples(404, 504),
}


@router.post("/search", summary="Find passages", responses=error_examples(404))
def search(body: SearchRequest, caller: ReaderDep, appliance: ApplianceDep) -> SearchResponse:
    """The passages that fit best among what the caller may read, with their scores."""
    settings = appliance.settings
    query = body.bounds().query(
        body.query,
        strategy=settings.default_retrieval_strategy,
        top_k=settings.max_retrieval_results,
    )
    result = appliance.retriever.search(caller, query)
    appliance.witness.searched(caller, body.query, result.passages)
    return SearchResponse(
        passages=[PassageBody.of(passage) for passage in result.passages],
        confidence=result.confidence,
        degraded=list(result.degraded),
        timings=result.timings,
    )


@router.post("/query", summary="Ask once", responses=_ANSWER, response_model=QueryResponse)
async def query(
    body: QueryRequest, request: Request, caller: AskingDep, appliance: ApplianceDep
) -> QueryResponse | Response:
    """Answer a question from the documents the caller may read, with citations.

    Nothing is kept, and the answer is given up when the client goes away.
    """
    lift_bounds(request)
    events = appliance.answers.answer(
        caller, body.query, bounds=body.bounds(), model=body.model or None
    )
    if body.stream or wants_stream(request):
        return await open_stream(_sent(events))
    fold = await until_disconnect(request, fold_answer(events))
    if fold is None:
        return Response(status_code=CLIENT_GONE)
    if fold.done is None:
        raise failure_of(fold)
    return fold.response()


async def fold_answer(events: AsyncGenerator[AnswerEvent]) -> AnswerFold:
    """Collect a whole answer."""
    fold = AnswerFold()
    async with aclosing(events):
        async for item in events:
            fold.add(item)
    return fold


def failure_of(fold: AnswerFold) -> AppError:
    """The error an answer ended with."""
    error = fold.error
    if error is None:
        return AppError("The answer ended without saying how.")
    return wire_error(error.code, status_of(error.code), error.message, error.hint)


def wants_stream(request: Request) -> bool:
    """Whether the client asks for server-sent events by its Accept header."""
    return "text/event-stream" in request.headers.get("accept", "")


async def _sent(events: AsyncGenerator[AnswerEvent]) -> AsyncGenerator[ServerSentEvent]:
    number = 0
    async with aclosing(events):
        async for item in events:
            number += 1
            yield event(item.type, item.to_dict(), number=number)
