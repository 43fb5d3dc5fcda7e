"""Questions and answers in a conversation, and the streams of answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Header, Request, status
from fastapi.responses import StreamingResponse
from fastapi.sse import ServerSentEvent
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from on_prem_rag.access.caller import Caller
from on_prem_rag.answer.bounds import Bounds
from on_prem_rag.answer.conversation import AskedQuestion
from on_prem_rag.answer.service import check_question
from on_prem_rag.api.dependencies import ApplianceDep, AskingDep, TalkerDep
from on_prem_rag.api.middleware.bounds import lift_bounds
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN, error_examples
from on_prem_rag.api.schemas.base import Id
from on_prem_rag.api.schemas.conversations import (
    FeedbackBody,
    FeedbackPut,
    MessageAsked,
    MessageBody,
    MessageCreate,
    MessageList,
    QuestionEdited,
)
from on_prem_rag.api.sse import EventStream, event, open_stream, stream_docs
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.conversations.forking import fork_before
from on_prem_rag.conversations.view import MessageView
from on_prem_rag.errors import InvalidInput, MessageNotFound

router = APIRouter(
    prefix=f"{API}/conversations/{{conversation_id}}/messages",
    tags=["conversations"],
    responses={**SIGNED_IN, **error_examples(404)},
)


@router.get("", summary="List messages")
def list_messages(conversation_id: Id, caller: TalkerDep, appliance: ApplianceDep) -> MessageList:
    """All messages in order, as the caller may see them now."""
    with appliance.database.read() as session:
        views = appliance.conversations.messages(session, caller, conversation_id)
        return MessageList(items=[MessageBody.model_validate(view) for view in views])


@router.post(
    "",
    summary="Ask in a conversation",
    status_code=status.HTTP_202_ACCEPTED,
    responses=error_examples(409),
)
async def create_message(
    conversation_id: Id, body: MessageCreate, caller: AskingDep, appliance: ApplianceDep
) -> MessageAsked:
    """Store a question and start its answer, which goes on when the client leaves."""
    asked = await appliance.conversation_answers.ask(
        caller, conversation_id, body.content, bounds=body.bounds(), model=body.model or None
    )
    return _asked(conversation_id, asked)


@router.get("/{message_id}", summary="Show a message")
def get_message(
    conversation_id: Id, message_id: Id, caller: TalkerDep, appliance: ApplianceDep
) -> MessageBody:
    """One message with its evidence."""
    with appliance.database.read() as session:
        view = _message(appliance, session, caller, conversation_id, message_id)
        return MessageBody.model_validate(view)


@router.get(
    "/{message_id}/events",
    summary="Follow an answer",
    response_class=StreamingResponse,
    response_model=None,
    responses=stream_docs(
        "The events status, passages, token, citation, warning and at the end done or error, "
        "numbered by their ids: a client that sends Last-Event-ID gets those after it."
    ),
)
async def follow_answer(
    conversation_id: Id,
    message_id: Id,
    request: Request,
    caller: TalkerDep,
    appliance: ApplianceDep,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
) -> EventStream:
    """The answer's events from the beginning, or after Last-Event-ID, to its end."""
    lift_bounds(request)
    await run_in_threadpool(get_message, conversation_id, message_id, caller, appliance)
    after = int(last_event_id) if last_event_id and last_event_id.isdecimal() else 0
    return await open_stream(_replayed(appliance, caller, message_id, after))


@router.post("/{message_id}/cancel", summary="Stop an answer", status_code=status.HTTP_202_ACCEPTED)
async def cancel_answer(
    conversation_id: Id, message_id: Id, caller: TalkerDep, appliance: ApplianceDep
) -> MessageBody:
    """Stop an answer that is being written; a finished one is left as it is."""
    await run_in_threadpool(get_message, conversation_id, message_id, caller, appliance)
    await appliance.conversation_answers.cancel(caller, message_id)
    return await run_in_threadpool(get_message, conversation_id, message_id, caller, appliance)


@router.post(
    "/{message_id}/regenerate",
    summary="Answer a question again",
    status_code=status.HTTP_202_ACCEPTED,
    responses=error_examples(409),
)
async def regenerate_answer(
    conversation_id: Id, message_id: Id, caller: AskingDep, appliance: ApplianceDep
) -> MessageAsked:
    """Ask the question behind an answer once more, within the same bounds."""
    question, bounds = await run_in_threadpool(
        _question, appliance, caller, conversation_id, message_id
    )
    asked = await appliance.conversation_answers.ask(
        caller, conversation_id, question, bounds=bounds
    )
    return _asked(conversation_id, asked)


@router.post(
    "/{message_id}/edit",
    summary="Ask a question in other words",
    status_code=status.HTTP_202_ACCEPTED,
)
async def edit_question(
    conversation_id: Id,
    message_id: Id,
    body: MessageCreate,
    caller: AskingDep,
    appliance: ApplianceDep,
) -> QuestionEdited:
    """Copy what comes before a question into a new conversation and ask the edited one there; the
    earlier version stays as it is.
    """
    content = check_question(body.content)
    copy = await run_in_threadpool(_fork_before, appliance, caller, conversation_id, message_id)
    asked = await appliance.conversation_answers.ask(
        caller, copy, content, bounds=body.bounds(), model=body.model or None
    )
    return QuestionEdited(conversation_id=copy, **_asked(copy, asked).model_dump())


@router.put("/{message_id}/feedback", summary="Rate an answer")
def put_feedback(
    conversation_id: Id,
    message_id: Id,
    body: FeedbackPut,
    caller: TalkerDep,
    appliance: ApplianceDep,
) -> FeedbackBody:
    """Say whether an answer helped; a later verdict replaces the earlier one."""
    with appliance.database.write() as session:
        _message(appliance, session, caller, conversation_id, message_id)
        feedback = appliance.conversations.put_feedback(
            session,
            caller,
            message_id,
            body.rating,
            reason=body.reason,
            comment=body.comment,
            with_question=body.with_question,
        )
        return FeedbackBody.model_validate(feedback)


def _message(
    appliance: Appliance, session: Session, caller: Caller, conversation_id: str, message_id: str
) -> MessageView:
    view: MessageView = appliance.conversations.message(session, caller, message_id)
    if view.conversation_id != conversation_id:
        raise MessageNotFound("There is no such message.")
    return view


def _question(
    appliance: Appliance, caller: Caller, conversation_id: str, message_id: str
) -> tuple[str, Bounds]:
    with appliance.database.read() as session:
        answer = _message(appliance, session, caller, conversation_id, message_id)
        if answer.role != "assistant" or answer.reply_to is None:
            raise InvalidInput("Only answers can be written again.")
        question = appliance.conversations.message(session, caller, answer.reply_to)
    return question.content, Bounds.from_dict(question.filters)


def _fork_before(
    appliance: Appliance, caller: Caller, conversation_id: str, message_id: str
) -> str:
    with appliance.database.write() as session:
        return fork_before(session, caller, conversation_id, message_id).id


def _asked(conversation_id: str, asked: AskedQuestion) -> MessageAsked:
    path = f"{API}/conversations/{conversation_id}/messages/{asked.answer_id}/events"
    return MessageAsked(question_id=asked.question_id, answer_id=asked.answer_id, events_url=path)


async def _replayed(
    appliance: Appliance, caller: Caller, message_id: str, after: int
) -> AsyncGenerator[ServerSentEvent]:
    async with aclosing(appliance.conversation_answers.follow(caller, message_id, after)) as stored:
        async for item in stored:
            yield event(item.type, item.data, number=item.number)
