"""Answers in conversations: stored as they grow, followed from anywhere, hidden when rights go."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from tests.answering import ANNA, BEN, collect, open_desk, text_of

from on_prem_rag.access.models import Collection
from on_prem_rag.answer.events import Done
from on_prem_rag.conversations.erasure import erase_document
from on_prem_rag.conversations.models import AnswerEvent, Evidence, Message
from on_prem_rag.db.base import utc_now
from on_prem_rag.documents.models import Document
from on_prem_rag.errors import (
    Conflict,
    ConversationNotFound,
    MessageNotFound,
    ServiceUnavailable,
)

NOTICE = "The notice period for permanent staff is three months to the end of a quarter."
LEAVE = "Parental leave lasts up to thirty-six months for each child."
QUESTION = "How long is the notice period for permanent staff?"


def slow(ollama, delay=0.02):
    """A model that takes about two seconds over its answer."""
    ollama.standin.reply = lambda _: "The notice period is three months [1]. " * 10
    ollama.standin.token_delay = delay


async def first_text(desk, asked):
    """Wait until the answer shows text."""
    async with aclosing(desk.talks.follow(ANNA, asked.answer_id)) as events:
        async for event in events:
            if event.type == "token":
                return


async def rest(talks, asked, caller=ANNA, after=0):
    return await collect(talks.follow(caller, asked.answer_id, after))


async def test_what_was_streamed_is_what_is_stored_and_replayed(database_url, ollama):
    async with open_desk(database_url, ollama.url) as desk:
        desk.add(NOTICE, "handbook.pdf")
        conversation = desk.start()
        asked = await desk.talks.ask(ANNA, conversation, QUESTION)
        live = await rest(desk.talks, asked)
        question, answer = desk.messages(conversation)
        replayed = await rest(desk.another(), asked)
        tails = [await rest(desk.another(), asked, after=n) for n in range(len(live))]
    assert [event.number for event in live] == list(range(1, len(live) + 1))
    assert live[-1].type == Done.type
    assert replayed == live
    assert tails == [live[n:] for n in range(len(live))]
    assert (question.content, question.role) == (QUESTION, "user")
    assert (answer.status, answer.content) == ("complete", text_of(live))
    assert answer.reply_to == question.id
    assert answer.details["mode"] == "generated"
    assert [(row.marker, row.cited) for row in answer.evidence] == [(1, True)]
    assert answer.evidence[0].passage["text"] == NOTICE


async def test_another_replica_follows_an_answer_while_it_is_written(database_url, ollama):
    slow(ollama)
    async with open_desk(database_url, ollama.url) as desk:
        desk.add(NOTICE)
        asked = await desk.talks.ask(ANNA, desk.start(), QUESTION)
        there, here = await asyncio.gather(rest(desk.another(), asked), rest(desk.talks, asked))
    assert there == here


async def test_nobody_following_does_not_stop_an_answer(database_url, ollama):
    slow(ollama)
    async with open_desk(database_url, ollama.url) as desk:
        desk.add(NOTICE)
        conversation = desk.start()
        asked = await desk.talks.ask(ANNA, conversation, QUESTION)
        await first_text(desk, asked)
        events = await rest(desk.talks, asked)
        assert desk.messages(conversation)[-1].status == "complete"
    assert events[-1].type == "done"


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_cancelling_stops_the_model_and_keeps_what_came(database_url, ollama, elsewhere):
    slow(ollama, 0.05)
    async with open_desk(database_url, ollama.url) as desk:
        desk.add(NOTICE)
        conversation = desk.start()
        asked = await desk.talks.ask(ANNA, conversation, QUESTION)
        await first_text(desk, asked)
        with pytest.raises(MessageNotFound):
            await desk.talks.cancel(BEN, asked.answer_id)
        await (desk.another() if elsewhere else desk.talks).cancel(ANNA, asked.answer_id)
        events = await rest(desk.talks, asked)
        answer = desk.messages(conversation)[-1]
        assert desk.queue.running == 0
        await desk.talks.cancel(ANNA, asked.answer_id)
        assert desk.messages(conversation)[-1] == answer
    assert (events[-1].type, events[-1].data["code"]) == ("error", "cancelled")
    assert (answer.status, answer.content) == ("cancelled", text_of(events))
    assert answer.content


async def test_a_dead_owner_leaves_an_interrupted_answer(database_url, ollama):
    slow(ollama)
    async with open_desk(database_url, ollama.url) as desk:
        desk.add(NOTICE)
        conversation = desk.start()
        asked = await desk.talks.ask(ANNA, conversation, QUESTION)
        await first_text(desk, asked)
        other = desk.another()
        async with aclosing(other.follow(ANNA, asked.answer_id)) as events:
            async for event in events:
                if event.type == "token":
                    break
        # The process is gone: nobody renews the lease, nobody writes any more.
        desk.talks._keeper._loop.cancel()
        with desk.database.write() as session:
            session.get(Message, asked.answer_id).lease_expires_at = utc_now() - timedelta(1)
        assert desk.messages(conversation)[-1].status == "interrupted"
        events = await rest(other, asked)
        assert await other.recover() == 1
        assert await other.recover() == 0
        answer = desk.messages(conversation)[-1]
        desk.talks._keeper.stop(desk.talks._keeper.find(asked.answer_id), "interrupted")
        desk.talks._keeper._running.clear()
        desk.talks._keeper._loop = None
    assert events[-1].data["code"] == "interrupted"
    assert (answer.status, answer.content) == ("interrupted", text_of(events))


async def test_shutting_down_marks_answers_interrupted(database_url, ollama):
    slow(ollama)
    async with open_desk(database_url, ollama.url) as desk:
        desk.add(NOTICE)
        conversation = desk.start()
        asked = await desk.talks.ask(ANNA, conversation, QUESTION)
        await first_text(desk, asked)
        await desk.talks.close()
        answer = desk.messages(conversation)[-1]
        events = await rest(desk.another(), asked)
        with pytest.raises(ServiceUnavailable):
            await desk.talks.ask(ANNA, conversation, QUESTION)
        assert desk.queue.running == 0
    assert answer.status == "interrupted"
    assert answer.content == text_of(events)
    assert events[-1].data["code"] == "interrupted"


async def test_one_answer_at_a_time_and_only_in_ones_own_conversation(database_url, ollama):
    slow(ollama)
    async with open_desk(database_url, ollama.url) as desk:
        desk.add(NOTICE)
        conversation = desk.start()
        asked = await desk.talks.ask(ANNA, conversation, QUESTION)
        with pytest.raises(Conflict):
            await desk.talks.ask(ANNA, conversation, QUESTION)
        with pytest.raises(ConversationNotFound):
            await desk.talks.ask(BEN, conversation, QUESTION)
        with pytest.raises(MessageNotFound):
            await rest(desk.talks, asked, caller=BEN)
        with pytest.raises(MessageNotFound):
            await collect(desk.talks.follow(ANNA, asked.question_id))
        assert len(desk.messages(conversation)) == 2


async def test_who_lost_a_source_sees_the_answer_and_what_was_built_on_it_withheld(database_url):
    async with open_desk(database_url) as desk:
        desk.add(NOTICE)
        conversation = desk.start()
        first = await desk.talks.ask(ANNA, conversation, QUESTION)
        await rest(desk.talks, first)
        with desk.database.write() as session:
            session.add(Collection(id="open", name="open", owner_id=ANNA.id))
        desk.add(LEAVE, "leave.pdf", collection="open")
        second = await desk.talks.ask(ANNA, conversation, "And how long does parental leave last?")
        await rest(desk.talks, second)
        shown = desk.messages(conversation)
        desk.close_collection("shared")
        hidden = desk.messages(conversation)
        replayed = await rest(desk.talks, second)
        with desk.database.read() as session:
            history = desk.conversations.history(session, ANNA, conversation)
    assert all(m.content and m.withheld is None for m in shown)
    assert [m.withheld for m in hidden] == [None, "withheld", None, "withheld"]
    assert [(m.content, m.evidence, m.details) for m in hidden[1::2]] == [("", (), {})] * 2
    assert hidden[0].content == QUESTION
    assert [(e.type, e.data["code"]) for e in replayed] == [("error", "withheld")]
    assert [turn.role for turn in history] == ["user", "user"]


async def test_deleting_a_source_erases_what_came_from_it(database_url):
    async with open_desk(database_url) as desk:
        desk.add(NOTICE, "handbook.pdf")
        desk.add(LEAVE, "leave.pdf")
        kept, gone = desk.start(), desk.start()
        await rest(desk.talks, await desk.talks.ask(ANNA, kept, "How long is parental leave?"))
        first = await desk.talks.ask(ANNA, gone, QUESTION)
        await rest(desk.talks, first)
        with desk.database.write() as session:
            assert erase_document(session, "handbook.pdf") == 1
            session.delete(session.get(Document, "handbook.pdf"))
        erased = desk.messages(gone)[-1]
        replayed = await rest(desk.talks, first)
        with desk.database.read() as session:
            stored = str(
                [row.__dict__ for row in session.scalars(select(Message))]
                + [row.__dict__ for row in session.scalars(select(Evidence))]
                + [row.__dict__ for row in session.scalars(select(AnswerEvent))]
            )
        assert desk.messages(kept)[-1].withheld is None
    assert erased.withheld == "erased"
    assert replayed[-1].data["code"] == "erased"
    assert "three months" not in stored
    assert "thirty-six months" in stored


@pytest.mark.parametrize("loss", ["grant", "document"])
async def test_losing_a_source_in_mid_answer_stops_it_and_shows_no_more(database_url, ollama, loss):
    slow(ollama, 0.05)
    async with open_desk(database_url, ollama.url) as desk:
        desk.add(NOTICE, "handbook.pdf")
        conversation = desk.start()
        asked = await desk.talks.ask(ANNA, conversation, QUESTION)
        await first_text(desk, asked)
        if loss == "grant":
            desk.close_collection()
        else:
            with desk.database.write() as session:
                erase_document(session, "handbook.pdf")
                session.delete(session.get(Document, "handbook.pdf"))
        async with asyncio.timeout(3):
            events = await rest(desk.talks, asked)
        answer = desk.messages(conversation)[-1]
        if loss == "document":
            with desk.database.read() as session:
                assert session.scalar(select(func.count()).select_from(AnswerEvent)) == 0
                assert session.get(Message, asked.answer_id).content == ""
        assert desk.queue.running == 0
    assert (events[-1].type, events[-1].data["code"]) == ("error", "withheld")
    assert (answer.content, answer.evidence, answer.status) == ("", (), "failed")


async def test_deleting_the_conversation_stops_its_answer(database_url, ollama):
    slow(ollama)
    async with open_desk(database_url, ollama.url) as desk:
        desk.add(NOTICE)
        conversation = desk.start()
        asked = await desk.talks.ask(ANNA, conversation, QUESTION)
        await first_text(desk, asked)
        with desk.database.write() as session:
            desk.conversations.delete(session, ANNA, conversation)
        async with asyncio.timeout(3):
            events = await rest(desk.talks, asked)
        with desk.database.read() as session:
            for table in (Message, Evidence, AnswerEvent):
                assert session.scalar(select(func.count()).select_from(table)) == 0
    assert events[-1].type == "error"


async def test_fifty_people_stream_at_once_and_every_answer_is_whole(database_url, ollama):
    slow(ollama, 0.005)
    async with open_desk(database_url, ollama.url, concurrency=50) as desk:
        desk.add(NOTICE)
        conversations = [desk.start() for _ in range(50)]
        asked = await asyncio.gather(
            *(desk.talks.ask(ANNA, conversation, QUESTION) for conversation in conversations)
        )
        streams = await asyncio.gather(*(rest(desk.talks, one) for one in asked))
        answers = [desk.messages(conversation)[-1] for conversation in conversations]
    assert {stream[-1].type for stream in streams} == {"done"}
    assert {answer.status for answer in answers} == {"complete"}
    assert [answer.content for answer in answers] == [text_of(stream) for stream in streams]
