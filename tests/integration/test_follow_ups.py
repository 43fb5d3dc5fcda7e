"""Follow-up questions find what the question in full would, over the real search.

The library and the conversations stand in follow_up_conversations.toml.
"""

from __future__ import annotations

import asyncio
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.answering import collect, text_of

from on_prem_rag.access.caller import OPERATOR
from on_prem_rag.answer import follow_up
from on_prem_rag.answer.events import NumberedPassage
from on_prem_rag.answer.extractive import extract
from on_prem_rag.answer.rewrite import write_out
from on_prem_rag.answer.service import AnswerService
from on_prem_rag.bootstrap.scratch import open_scratch
from on_prem_rag.config import Settings
from on_prem_rag.conversations.history import Turn
from on_prem_rag.evaluate.appliance import ScratchDocument
from on_prem_rag.llm.ollama import OllamaGenerator
from on_prem_rag.llm.queue import GenerationQueue
from on_prem_rag.retrieve.passage import SearchQuery

CASES = tomllib.loads(Path(__file__).with_name("follow_up_conversations.toml").read_text("utf-8"))
TALKS = CASES["talk"]
MODELS = Path(__file__).parents[2] / "data" / "models"


class Library:
    """The documents in a scratch appliance."""

    def __init__(self, scratch) -> None:
        self.scratch = scratch
        scratch.add_documents(
            "library",
            [ScratchDocument(f"{n}.txt", t, x) for n, (t, x) in CASES["documents"].items()],
            lambda _: None,
        )

    def search(self, caller, query):
        return self.scratch.search("library", query)

    def best(self, question: str) -> str:
        """The document of the best passage."""
        passages = self.search(OPERATOR, SearchQuery(question)).passages
        return passages[0].document_name.removesuffix(".txt") if passages else ""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    settings = Settings(data_dir=tmp_path_factory.mktemp("library"))
    if MODELS.is_dir():  # the model is built once a checkout
        (settings.data_dir / "models").symlink_to(MODELS)
    with open_scratch(settings) as scratch:
        yield Library(scratch)


def history_of(library, first: str) -> list[Turn]:
    """The first question and its extractive answer, as a conversation stores them."""
    passages = library.search(OPERATOR, SearchQuery(first)).passages
    quoted = extract(first, [NumberedPassage(i, p) for i, p in enumerate(passages, start=1)])
    cited = [event.marker for event in quoted.events if event.type == "citation"]
    sources = [passages[marker - 1].title for marker in cited]
    return [Turn("user", first), Turn("assistant", text_of(quoted.events), tuple(sources))]


def answers_over(library, pool, generator=None) -> AnswerService:
    """Answers that search the library."""
    return AnswerService(library, generator, GenerationQueue(4, 10), settings=Settings(), pool=pool)


async def searched(answers, question: str, history: list[Turn]):
    """The question that was searched and the document of the first passage shown."""
    events = await collect(answers.answer(OPERATOR, question, history=history))
    shown = next(event for event in events if event.type == "passages")
    best = shown.passages[0].passage.document_name if shown.passages else ""
    return shown.search_query, best.removesuffix(".txt")


@pytest.fixture
def pool():
    with ThreadPoolExecutor(2) as threads:
        yield threads


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk["then"])
async def test_without_a_model_a_follow_up_finds_what_its_full_question_finds(library, pool, talk):
    history = history_of(library, talk["first"])
    written, found = await searched(answers_over(library, pool), talk["then"], history)
    assert library.best(talk["full"]) == talk["document"]
    assert found == talk["document"], written


def test_the_follow_ups_alone_do_not_find_it(library):
    """The control: without their conversation many of the questions above must fail."""
    assert len(TALKS) >= 20
    alone = sum(library.best(talk["then"]) == talk["document"] for talk in TALKS)
    assert alone <= 0.6 * len(TALKS)


@pytest.mark.parametrize("change", CASES["change"], ids=lambda change: change["then"])
async def test_a_new_topic_is_searched_as_it_was_asked(library, pool, change):
    history = history_of(library, change["first"])
    written, found = await searched(answers_over(library, pool), change["then"], history)
    assert (written, found) == (change["then"], change["document"])


async def test_a_topic_lives_on_over_several_turns(library, pool):
    answers = answers_over(library, pool)
    history = history_of(library, "How many litres a minute does the X300 pump deliver?")
    history += [Turn("user", "How much does it weigh?"), Turn("assistant", "21 kilograms [1].")]
    written, found = await searched(answers, "And how long is the warranty?", history)
    assert found == "pump-x300", written


async def test_with_a_model_its_full_question_is_searched(library, pool, ollama):
    talk = TALKS[0]
    prompts = []

    def reply(messages):
        prompts.append(messages)
        rewriting = "rewrite" in messages[0]["content"]
        return f'"{talk["full"]}"\n' if rewriting else "Two months [1]."

    ollama.standin.reply = reply
    generator = OllamaGenerator(ollama.url)
    answers = answers_over(library, pool, generator)
    history = history_of(library, talk["first"])
    written, found = await searched(answers, talk["then"], history)
    await generator.close()
    assert (written, found) == (talk["full"], talk["document"])
    assert len(prompts) == 2
    assert talk["first"] in prompts[0][1]["content"]


@pytest.mark.parametrize("written", ["", "Paris is the capital.", "And in France?", "word " * 90])
async def test_a_rewriting_that_is_none_gives_way_to_the_rules(library, pool, ollama, written):
    talk = TALKS[0]
    ollama.standin.reply = lambda messages: (
        written if "rewrite" in messages[0]["content"] else "Two months [1]."
    )
    generator = OllamaGenerator(ollama.url)
    history = history_of(library, talk["first"])
    answers = answers_over(library, pool, generator)
    query, found = await searched(answers, talk["then"], history)
    await generator.close()
    assert (query, found) == (write_out(talk["then"], history), talk["document"])


async def test_a_model_that_hangs_over_the_rewriting_is_not_waited_for(
    library, pool, ollama, monkeypatch
):
    monkeypatch.setattr(follow_up, "PATIENCE", 0.2)
    ollama.script("hang")
    talk = TALKS[0]
    generator = OllamaGenerator(ollama.url)
    history = history_of(library, talk["first"])
    answers = answers_over(library, pool, generator)
    async with asyncio.timeout(5):
        query, found = await searched(answers, talk["then"], history)
    await generator.close()
    assert (query, found) == (write_out(talk["then"], history), talk["document"])
