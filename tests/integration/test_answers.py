"""Answers over the real model client, queue, database and rights; only the retriever is small."""

from __future__ import annotations

import asyncio
import os
from contextlib import aclosing

import pytest
from structlog.testing import capture_logs
from tests.answering import ANNA, BEN, collect, open_desk, text_of
from tests.ollama_standin.faults import Step

from on_prem_rag.answer.bounds import Bounds
from on_prem_rag.errors import InvalidInput
from on_prem_rag.monitoring.logging import question_hash

NOTICE = "The notice period for permanent staff is three months to the end of a quarter."
LEAVE = "Parental leave lasts up to thirty-six months for each child."
QUESTION = "How long is the notice period for permanent staff?"
MODEL = "mistral:7b"


def types(events):
    return [event.type for event in events]


async def test_a_generated_answer_streams_in_order_and_cites_what_was_sent(database_url, ollama):
    async with open_desk(database_url, ollama.url, default_model="tiny-chat:latest") as desk:
        passage = desk.add(NOTICE, "handbook.pdf")
        desk.add(LEAVE, "leave.pdf")
        events = await collect(desk.answers.answer(ANNA, QUESTION))
    assert types(events)[:2] == ["status", "passages"]
    done = events[-1]
    assert (done.type, done.mode, done.finish_reason) == ("done", "generated", "stop")
    answer = text_of(events)
    cited = [event for event in events if event.type == "citation"]
    assert cited
    assert cited[0].document_id == "handbook.pdf"
    assert cited[0].boxes == passage.boxes
    assert all(answer[c.offset :].startswith(f"[{c.marker}]") for c in cited)
    assert all(sentence.supported for sentence in done.support)
    assert done.budget.prompt_tokens > 0
    assert {"searched", "first_token", "total"} <= set(done.timings)


async def test_without_a_model_the_best_sentence_is_quoted_cited_and_labelled(database_url):
    async with open_desk(database_url) as desk:
        desk.add(f"{LEAVE} {NOTICE} Lunch is at noon.", "handbook.pdf")
        events = await collect(desk.answers.answer(ANNA, QUESTION))
    done = events[-1]
    assert (done.mode, done.model) == ("extractive", None)
    assert "warning" in types(events)
    assert NOTICE in text_of(events)
    assert [event.marker for event in events if event.type == "citation"] == [1]
    citation = next(event for event in events if event.type == "citation")
    assert text_of(events)[citation.offset :].startswith("[1]")


async def test_weak_passages_are_shown_as_nearest_and_no_model_is_asked(database_url, ollama):
    async with open_desk(database_url, ollama.url) as desk:
        desk.add(LEAVE, "leave.pdf")
        events = await collect(
            desk.answers.answer(ANNA, "Which staff canteen serves the cheapest lobster thermidor?")
        )
        empty = await collect(desk.answers.answer(ANNA, "Xylophone?"))
    assert types(events) == ["status", "passages", "done"]
    assert events[-1].mode == "not_found"
    assert len(events[1].passages) <= 3
    assert empty[-1].mode == "not_found"
    assert not [request for request in ollama.requests if request.path == "/api/chat"]


async def test_the_threshold_setting_overrides_the_calibrated_one(database_url):
    question = "Is there a notice period for elephants?"
    async with open_desk(database_url) as desk:
        desk.add(NOTICE)
        lenient = await collect(desk.answers.answer(ANNA, question))
        strict_answers = desk.answers_with(similarity_threshold=0.95)
        strict = await collect(strict_answers.answer(ANNA, question))
    assert lenient[-1].mode == "extractive"
    assert strict[-1].mode == "not_found"


BEFORE_THE_FIRST_TOKEN = {
    "not_found": "model_not_found",
    "server_error": "model_failed",
    "busy": "model_busy",
    "hang": "generation_timeout",
    "reset_first": "model_failed",
    "empty_200": "model_failed",
}


@pytest.mark.parametrize(("fault", "code"), BEFORE_THE_FIRST_TOKEN.items())
async def test_a_model_that_fails_before_its_first_token_gives_way_to_quotes(
    database_url, ollama, fault, code
):
    ollama.script(Step(fault, times=100))
    timeouts = {"connect_timeout": 0.5, "first_token_timeout": 0.5}
    async with open_desk(database_url, ollama.url, timeouts=timeouts) as desk:
        desk.add(NOTICE)
        events = await collect(desk.answers.answer(ANNA, QUESTION))
        assert desk.queue.running == 0
    warnings = [event for event in events if event.type == "warning"]
    assert [warning.code for warning in warnings] == [code]
    assert events[-1].mode == "extractive"
    assert NOTICE in text_of(events)


async def test_a_closed_port_gives_way_to_quotes(database_url, unused_tcp_port):
    async with open_desk(database_url, f"http://127.0.0.1:{unused_tcp_port}") as desk:
        desk.add(NOTICE)
        events = await collect(desk.answers.answer(ANNA, QUESTION))
    assert "model_unreachable" in [e.code for e in events if e.type == "warning"]
    assert events[-1].mode == "extractive"


@pytest.mark.parametrize("fault", ["error_line", "no_done", "reset", "stall", "malformed_line"])
async def test_a_model_that_fails_in_mid_answer_leaves_a_labelled_partial(
    database_url, ollama, fault
):
    ollama.script(Step(fault, after=3))
    async with open_desk(
        database_url, ollama.url, timeouts={"between_tokens_timeout": 0.5}
    ) as desk:
        desk.add(NOTICE)
        conversation = desk.start()
        asked = await desk.talks.ask(ANNA, conversation, QUESTION)
        events = await collect(desk.talks.follow(ANNA, asked.answer_id))
        answer = desk.messages(conversation)[-1]
        with desk.database.read() as session:
            history = desk.conversations.history(session, ANNA, conversation)
    assert events[-1].type == "error"
    assert text_of(events)
    assert (answer.status, answer.content) == ("partial", text_of(events))
    assert "mode" not in answer.details
    assert [turn.role for turn in history] == ["user"]


async def test_an_answer_cut_at_its_longest_length_is_not_stored_as_whole(database_url, ollama):
    ollama.standin.reply = lambda _: "word " * 200
    async with open_desk(database_url, ollama.url, num_predict=16) as desk:
        desk.add(NOTICE)
        conversation = desk.start()
        asked = await desk.talks.ask(ANNA, conversation, QUESTION)
        events = await collect(desk.talks.follow(ANNA, asked.answer_id))
        answer = desk.messages(conversation)[-1]
    assert events[-1].data["finish_reason"] == "length"
    assert "answer_cut" in [e.data["code"] for e in events if e.type == "warning"]
    assert answer.status == "partial"


async def test_a_prompt_the_model_finds_too_long_is_repeated_once_with_a_passage_less(
    database_url, ollama
):
    ollama.script(Step("context_overflow"))
    async with open_desk(database_url, ollama.url) as desk:
        desk.add(NOTICE)
        desk.add(f"{LEAVE} Notice of parental leave is given to staff in writing.", "leave.pdf")
        events = await collect(desk.answers.answer(ANNA, QUESTION))
    shown = [event for event in events if event.type == "passages"]
    assert [(len(e.passages), len(e.dropped)) for e in shown] == [(2, 0), (1, 1)]
    assert events[-1].mode == "generated"
    assert events[-1].budget.dropped_passages == 1
    assert len([r for r in ollama.requests if r.path == "/api/chat"]) == 2


async def test_a_prompt_too_long_twice_gives_way_to_quotes(database_url, ollama):
    ollama.script(Step("context_overflow", times=2))
    async with open_desk(database_url, ollama.url) as desk:
        desk.add(NOTICE)
        desk.add("Notice of leave is given to permanent staff in writing.", "leave.pdf")
        events = await collect(desk.answers.answer(ANNA, QUESTION))
    assert "context_overflow" in [e.code for e in events if e.type == "warning"]
    assert events[-1].mode == "extractive"


async def test_the_fallback_model_is_named(database_url, ollama):
    async with open_desk(
        database_url, ollama.url, default_model="missing:1b", fallback="tiny-chat:latest"
    ) as desk:
        desk.add(NOTICE)
        events = await collect(desk.answers.answer(ANNA, QUESTION))
    assert "fallback_model" in [e.code for e in events if e.type == "warning"]
    assert events[-1].model == "tiny-chat:latest"


async def test_markers_of_passages_not_sent_are_taken_out_with_a_warning(database_url, ollama):
    ollama.standin.reply = lambda _: "It is three months [7]. Quarters count [1, 9]."
    async with open_desk(database_url, ollama.url) as desk:
        desk.add(NOTICE)
        events = await collect(desk.answers.answer(ANNA, QUESTION))
    assert text_of(events) == "It is three months. Quarters count [1]."
    assert [e.code for e in events if e.type == "warning"] == ["unknown_citation"] * 2
    assert [e.marker for e in events if e.type == "citation"] == [1]


async def test_a_sentence_the_passages_do_not_bear_out_is_flagged(database_url, ollama):
    ollama.standin.reply = lambda _: (
        "The notice period is three months [1]. It rises to 14 months for elephants [1]."
    )
    async with open_desk(database_url, ollama.url) as desk:
        desk.add(NOTICE)
        events = await collect(desk.answers.answer(ANNA, QUESTION))
    assert [s.supported for s in events[-1].support] == [True, False]


async def test_waiting_people_are_told_their_place(database_url, ollama):
    ollama.standin.token_delay = 0.02
    async with open_desk(database_url, ollama.url, concurrency=1) as desk:
        desk.add(NOTICE)
        first, second = await asyncio.gather(
            collect(desk.answers.answer(ANNA, QUESTION)),
            collect(desk.answers.answer(BEN, QUESTION)),
        )
    queued = [e for e in (*first, *second) if e.type == "status" and e.stage == "queued"]
    assert [event.position for event in queued] == [1]
    assert first[-1].mode == second[-1].mode == "generated"


async def test_closing_a_stream_frees_the_slot_and_leaves_no_task(database_url, ollama):
    ollama.standin.token_delay = 0.01
    rounds = 1000 if os.environ.get("RAG_TEST_FULL") else 30
    async with open_desk(database_url, ollama.url, concurrency=1) as desk:
        desk.add(NOTICE)
        before = len(asyncio.all_tasks())
        for number in range(rounds):
            async with aclosing(desk.answers.answer(ANNA, QUESTION)) as events:
                wanted = ("status", "passages", "token")[number % 3]
                async for event in events:
                    if event.type == wanted:
                        break
        waiting = await _give_up_in_the_queue(desk)
        assert (desk.queue.running, desk.queue.waiting, waiting) == (0, 0, 1)
        assert len(asyncio.all_tasks()) == before
    async with asyncio.timeout(5):
        while ollama.standin.active:  # noqa: ASYNC110 - it runs in a thread of its own
            await asyncio.sleep(0.01)


async def _give_up_in_the_queue(desk):
    answering = desk.answers.answer(ANNA, QUESTION)
    async with desk.queue.slot("somebody"), aclosing(answering) as events:
        async for event in events:
            if event.type == "status" and event.stage == "queued":
                return desk.queue.waiting
    raise AssertionError("nobody had to wait")


async def test_a_search_that_fails_ends_in_a_typed_error(database_url):
    async with open_desk(database_url) as desk:
        desk.retriever.broken = True
        events = await collect(desk.answers.answer(ANNA, QUESTION))
    assert types(events) == ["status", "error"]
    assert events[-1].code == "service_unavailable"


async def test_no_line_of_the_log_holds_the_question(database_url):
    async with open_desk(database_url) as desk:
        desk.add(NOTICE)
        with capture_logs() as lines:
            await collect(desk.answers.answer(ANNA, QUESTION))
    assert question_hash(QUESTION) in str(lines)
    assert "notice period" not in str(lines)


@pytest.mark.parametrize("question", ["", "  \n ", "x" * 5000])
async def test_a_question_that_cannot_be_asked_is_refused_at_once(database_url, question):
    async with open_desk(database_url) as desk:
        with pytest.raises(InvalidInput):
            await collect(desk.answers.answer(ANNA, question))
        with pytest.raises(InvalidInput):
            await desk.talks.ask(ANNA, desk.start(), question)


async def test_bounds_reach_the_search_and_are_stored(database_url):
    bounds = Bounds(collection_ids=("secret",), top_k=3)
    async with open_desk(database_url) as desk:
        desk.add(NOTICE)
        conversation = desk.start()
        asked = await desk.talks.ask(ANNA, conversation, QUESTION, bounds=bounds)
        events = await collect(desk.talks.follow(ANNA, asked.answer_id))
        stored = desk.messages(conversation)[0].filters
    assert events[-1].data["mode"] == "not_found"
    assert desk.retriever.queries[0].top_k == 3
    assert Bounds.from_dict(stored) == bounds
