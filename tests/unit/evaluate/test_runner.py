"""An evaluation over a scratch appliance that answers from a fixed list."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from on_prem_rag.evaluate.appliance import GivenAnswer, ScratchDocument
from on_prem_rag.evaluate.datasets import CorpusPassage, GoldenSet, Question
from on_prem_rag.evaluate.runner import Evaluator, Progress, ranked_pages
from on_prem_rag.retrieve.passage import Passage, SearchQuery, SearchResult


def passage(name: str, pages: tuple[int, int] | None = None, text: str = "") -> Passage:
    first, last = pages or (None, None)
    names = ("c", "d", "v", name, "title", "text/plain")
    return Passage((name,), *names, (), text, "text", first, last, (), 0.5)


class ListedAppliance:
    """Finds for each question the passages listed for it."""

    def __init__(self, found: dict[str, list[Passage]], sure: dict[str, float]) -> None:
        self.found, self.sure = found, sure
        self.documents: list[ScratchDocument] = []
        self.open = False

    def add_files(
        self, collection: str, files: Sequence[Path], progress: Callable[[int], None]
    ) -> list[str]:
        progress(len(files))
        return ["b.pdf: damaged"]

    def add_documents(
        self,
        collection: str,
        documents: Sequence[ScratchDocument],
        progress: Callable[[int], None],
    ) -> None:
        self.documents += documents
        progress(len(documents))

    def search(self, collection: str, query: SearchQuery) -> SearchResult:
        return SearchResult(tuple(self.found.get(query.text, ())), self.sure.get(query.text, 0.0))

    def answer(self, collection: str, question: str) -> GivenAnswer:
        return GivenAnswer("It was in 1943, they say.", "1943", self.sure.get(question, 0.0))

    @contextmanager
    def opened(self) -> Iterator["ListedAppliance"]:
        self.open = True
        try:
            yield self
        finally:
            self.open = False


PASSAGES = GoldenSet(
    "wiki",
    (Question("q1", "When?", {"gold": 1}, ("1943",)), Question("q2", "Who?", {"gold": 1})),
    (Question("u", "Why?", {}),),
    corpus=(CorpusPassage("other", "", "x"), CorpusPassage("gold", "Tesla", "died in 1943")),
)


def test_passages_are_measured() -> None:
    gold, other = passage("hr/000001.txt", text="He died in 1943."), passage("hr/000000.txt")
    appliance = ListedAppliance(
        {"When?": [gold], "Who?": [other, other, gold]}, {"When?": 0.9, "Who?": 0.4, "Why?": 0.5}
    )
    steps: list[Progress] = []
    report = Evaluator(appliance.opened, progress=steps.append).run([PASSAGES])
    [entry] = report.sets
    assert report.complete
    assert (entry.name, entry.strategy, entry.questions, entry.documents) == (
        "wiki",
        "hybrid",
        2,
        2,
    )
    assert entry.values == pytest.approx(
        {
            "ndcg@10": (1 + 0.6309297) / 2,
            "recall@5": 1.0,
            "mrr@10": 0.75,
            "answer_shown@5": 1.0,
            "exact_match": 1.0,
            "f1": 1.0,
            "dont_know_search": 0.5,
            "dont_know_answer": 0.5,
        }
    )
    assert not appliance.open
    assert [document.name for document in appliance.documents] == ["000000.txt", "000001.txt"]
    assert steps[0] == Progress("wiki", "ingest", 2, 2)
    assert steps[-1] == Progress("wiki", "hybrid", 3, 3)


def test_pages_are_measured() -> None:
    golden = GoldenSet(
        "filings", (Question("q", "How much?", {"a.pdf#7": 1}),), (), files=(Path("a.pdf"),)
    )
    found = [passage("a.pdf", (3, 3)), passage("x/a.pdf", (6, 7)), passage("b.pdf", (7, 7))]
    appliance = ListedAppliance({"How much?": found}, {})
    [entry] = Evaluator(appliance.opened, with_answers=False).run([golden]).sets
    assert entry.values == {
        "page_hit@1": 0.0,
        "page_hit@5": 1.0,
        "page_hit@10": 1.0,
        "document_hit@10": 1.0,
    }
    assert entry.failures == ("b.pdf: damaged",)
    assert ranked_pages(found) == ["a.pdf#3", "a.pdf#6", "a.pdf#7", "b.pdf#7"]
    assert ranked_pages([passage("a.txt")]) == []


def test_every_strategy_is_measured_on_the_same_index() -> None:
    appliance = ListedAppliance({}, {})
    report = Evaluator(appliance.opened, strategies=("hybrid", "dense")).run([PASSAGES])
    assert [entry.strategy for entry in report.sets] == ["hybrid", "dense"]
    assert "f1" in report.sets[0].values
    assert "f1" not in report.sets[1].values
    assert len(appliance.documents) == 2


def test_a_cancelled_run_keeps_what_was_finished() -> None:
    appliance = ListedAppliance({}, {})
    steps: list[Progress] = []
    evaluator = Evaluator(appliance.opened, progress=steps.append, cancelled=lambda: len(steps) > 6)
    report = evaluator.run([PASSAGES, PASSAGES])
    assert not report.complete
    assert [entry.name for entry in report.sets] == ["wiki"]
    assert not appliance.open
