"""Follows an answer through SQL, whichever replica writes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import Executor

from on_prem_rag.access.caller import Caller
from on_prem_rag.answer.events import Error
from on_prem_rag.conversations.journal import StoredEvent, read_events
from on_prem_rag.conversations.repository import ConversationRepository
from on_prem_rag.conversations.view import RUNNING, MessageView, present
from on_prem_rag.db.session import Database
from on_prem_rag.errors import MessageNotFound

POLL_EVERY = 0.2
_BATCH = 500


async def replay(
    database: Database, pool: Executor, caller: Caller, message_id: str, after: int
) -> AsyncGenerator[StoredEvent]:
    """Stored events above ``after`` until the answer's end. Raises MessageNotFound."""
    loop = asyncio.get_running_loop()
    while True:
        view, events = await loop.run_in_executor(pool, _read, database, caller, message_id, after)
        if view.withheld is not None:
            yield StoredEvent(after + 1, Error.type, _withheld(view.withheld).to_dict())
            return
        for event in events:
            after = event.number
            yield event
            if event.type in ("done", "error"):
                return
        if events:
            continue
        if view.status not in RUNNING:
            yield StoredEvent(after + 1, Error.type, _ended(view).to_dict())
            return
        await asyncio.sleep(POLL_EVERY)


def _read(
    database: Database, caller: Caller, message_id: str, after: int
) -> tuple[MessageView, list[StoredEvent]]:
    with database.read() as session:
        message = ConversationRepository(session, caller).message(message_id)
        if message.role != "assistant":
            raise MessageNotFound("There is no such answer.")
        view = present(session, caller, [message])[0]
        events = [] if view.withheld else read_events(session, message_id, after, _BATCH)
        return view, events


def _withheld(reason: str) -> Error:
    if reason == "erased":
        return Error("erased", "A source of this answer was deleted, and the answer with it.", "")
    return Error("withheld", "You may no longer read a source of this answer.", "")


def _ended(view: MessageView) -> Error:
    told = view.details.get("error")
    if told is not None:
        return Error(told["code"], told["message"], told["hint"])
    return Error(
        "interrupted" if view.status != "cancelled" else "cancelled",
        f"The answer ended as {view.status}.",
        "Ask again to get a whole answer.",
    )
