"""Time to the first token: a conversation's answer over the bare model, in one run.

    python -m benchmarks.first_token [--people 1 50] [--rounds 5] [--token-delay 0.05]

The model is the stand-in for Ollama in a process of its own. "bare" streams one prompt through the
same client; "ours" asks in a conversation and follows it: rights, search, prompt, queue, storing
the question, the passages, the first piece of text. HTTP is not in it. Everybody begins at a moment
of their own and asks again as soon as the answer is there; all generate at once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import random
import socket
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from time import perf_counter, sleep

import numpy as np
import structlog

from on_prem_rag.access.caller import OPERATOR
from on_prem_rag.answer.conversation import ConversationAnswers
from on_prem_rag.answer.events import NumberedPassage
from on_prem_rag.answer.prompt import build_prompt
from on_prem_rag.answer.service import AnswerService
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.bootstrap.scratch import open_scratch
from on_prem_rag.config import load_settings
from on_prem_rag.evaluate.appliance import ScratchDocument
from on_prem_rag.llm.ollama import OllamaGenerator
from on_prem_rag.llm.protocols import GenerationRequest, TextDelta
from on_prem_rag.llm.queue import GenerationQueue
from on_prem_rag.monitoring.collector import settle_collector
from on_prem_rag.retrieve.passage import SearchQuery

DATA = Path(os.environ.get("RAG_EVAL_DATA", "../shared/data/dev")) / "retrieval/wiki_qa"
DOCUMENTS = 600
ANSWER_SECONDS = 3.0
MODELS = Path("data/models")
Ask = Callable[[str], Awaitable[float]]


async def run(appliance: Appliance, endpoint: str, people: list[int], rounds: int) -> None:
    """Print the times of the bare model and of ours for each number of people."""
    questions = [row["text"] for row in _rows("queries.jsonl")[:400]]
    generator = OllamaGenerator(endpoint)
    queue = GenerationQueue(max(people), 100)
    with ThreadPoolExecutor(16) as pool:
        answers = AnswerService(
            appliance.retriever, generator, queue, settings=appliance.settings, pool=pool
        )
        talks = ConversationAnswers(appliance.database, answers, pool=pool)
        passages = appliance.retriever.search(OPERATOR, SearchQuery(questions[0])).passages
        bare = _bare(generator, [NumberedPassage(i, p) for i, p in enumerate(passages, start=1)])
        ours = _ours(appliance, talks)
        for count in people:
            times = {"bare": await _times(bare, questions, count, rounds)}
            times["ours"] = await _times(ours, questions, count, rounds)
            base = np.percentile(times["bare"], [50, 95])
            for name, found in times.items():
                p50, p95 = np.percentile(found, [50, 95])
                print(
                    f"{count:3} people, {name}: median {p50:6.1f} ms, p95 {p95:6.1f} ms, "
                    f"over the bare one's {p50 - base[0]:6.1f} / {p95 - base[1]:6.1f} ms"
                )
        await talks.close()
    await generator.close()


def _bare(generator: OllamaGenerator, passages: list[NumberedPassage]) -> Ask:
    async def ask(question: str) -> float:
        started = perf_counter()
        request = GenerationRequest(build_prompt(question, passages), "mistral:7b", 8192, 1024)
        first = 0.0
        async for event in generator.stream(request):
            if isinstance(event, TextDelta) and not first:
                first = perf_counter() - started
        return first * 1000

    return ask


def _ours(appliance: Appliance, talks: ConversationAnswers) -> Ask:
    async def ask(question: str) -> float:
        with appliance.database.write() as session:
            conversation = appliance.conversations.create(session, OPERATOR)
        started = perf_counter()
        asked = await talks.ask(OPERATOR, conversation.id, question)
        first = 0.0
        async with aclosing(talks.follow(OPERATOR, asked.answer_id)) as events:
            async for event in events:
                if event.type == "token" and not first:
                    first = perf_counter() - started
        return first * 1000

    return ask


async def _times(ask: Ask, questions: list[str], people: int, rounds: int) -> list[float]:
    """Milliseconds of every question of ``people`` who ask ``rounds`` questions each."""
    await ask(questions[0])
    draw = random.Random(people)

    async def person(number: int) -> list[float]:
        await asyncio.sleep(draw.uniform(0, ANSWER_SECONDS if people > 1 else 0))
        mine = [questions[(number * rounds + i) % len(questions)] for i in range(rounds)]
        return [await ask(question) for question in mine]

    found = await asyncio.gather(*map(person, range(people)))
    return [time for times in found for time in times if time]


def _rows(name: str) -> list[dict[str, str]]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    """Fill a scratch appliance, start the stand-in, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[1, 50])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--token-delay", type=float, default=0.05)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    port = _free_port()
    command = [sys.executable, "-m", "tests.ollama_standin", "--port", str(port)]
    command += ["--token-delay", str(options.token_delay)]
    model = subprocess.Popen(command)
    try:
        with tempfile.TemporaryDirectory() as directory:
            settings, _ = load_settings({}, data_dir=Path(directory))
            if MODELS.is_dir():
                settings.models_dir.symlink_to(MODELS.resolve())
            with open_scratch(settings) as scratch:
                rows = _rows("corpus.jsonl")[:DOCUMENTS]
                documents = [
                    ScratchDocument(f"{i}.txt", row["title"], row["text"])
                    for i, row in enumerate(rows)
                ]
                scratch.add_documents("library", documents, lambda _: None)
                sleep(1)
                settle_collector()
                endpoint = f"http://127.0.0.1:{port}"
                asyncio.run(run(scratch._appliance, endpoint, options.people, options.rounds))
    finally:
        model.terminate()
        model.wait()


if __name__ == "__main__":
    main()
