"""Runs golden sets through a scratch appliance and measures what comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from statistics import fmean, quantiles

from on_prem_rag.evaluate import metrics
from on_prem_rag.evaluate.appliance import ScratchAppliance, ScratchDocument, ScratchFactory
from on_prem_rag.evaluate.datasets import GoldenSet, Question, page_key
from on_prem_rag.evaluate.report import Report, SetReport
from on_prem_rag.retrieve.passage import Passage, SearchQuery, SearchResult, Strategy

_TOP_K = 20
"""Passages asked for: enough for ten different documents or pages after joining."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands: ``done`` of ``total`` documents or questions of a stage of a set."""

    set_name: str
    stage: str
    done: int
    total: int


class Cancelled(Exception):
    """The person who started the run has ended it."""


class Evaluator:
    """Measures golden sets, each in a fresh scratch appliance.

    ``strategies`` are all measured on the same index. Answers are asked for under the first one
    only. ``progress`` is called often; ``cancelled`` is asked between questions.
    """

    def __init__(
        self,
        open_scratch: ScratchFactory,
        *,
        strategies: Sequence[Strategy] = ("hybrid",),
        with_answers: bool = True,
        progress: Callable[[Progress], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._open_scratch = open_scratch
        self._strategies = tuple(strategies)
        self._with_answers = with_answers
        self._progress = progress
        self._cancelled = cancelled

    def run(self, sets: Sequence[GoldenSet]) -> Report:
        """Measure every set in turn; a cancelled run reports those that were finished."""
        reports: list[SetReport] = []
        try:
            for golden in sets:
                reports += self._run_set(golden)
        except Cancelled:
            return Report(tuple(reports), complete=False)
        return Report(tuple(reports))

    def _run_set(self, golden: GoldenSet) -> list[SetReport]:
        with self._open_scratch() as appliance:
            failures = self._fill(appliance, golden)
            return [
                self._measure(appliance, golden, strategy, failures, first=index == 0)
                for index, strategy in enumerate(self._strategies)
            ]

    def _fill(self, appliance: ScratchAppliance, golden: GoldenSet) -> list[str]:
        total = len(golden.corpus) + len(golden.files)
        return fill(appliance, golden, lambda done: self._step(golden, "ingest", done, total))

    def _measure(
        self,
        appliance: ScratchAppliance,
        golden: GoldenSet,
        strategy: Strategy,
        failures: Sequence[str],
        *,
        first: bool,
    ) -> SetReport:
        tally = _Tally(golden)
        questions = [*golden.questions, *golden.unanswerable]
        for done, question in enumerate(questions):
            self._step(golden, strategy, done, len(questions))
            query = SearchQuery(question.text, top_k=_TOP_K, strategy=strategy)
            started = time.perf_counter()
            result = appliance.search(golden.name, query)
            tally.add_search(question, result, (time.perf_counter() - started) * 1000)
            if first and self._with_answers:
                given = appliance.answer(golden.name, question.text)
                tally.add_answer(question, given.span or given.text, given.confidence)
        self._step(golden, strategy, len(questions), len(questions))
        return tally.report(strategy, failures)

    def _step(self, golden: GoldenSet, stage: str, done: int, total: int) -> None:
        if self._cancelled():
            raise Cancelled
        self._progress(Progress(golden.name, stage, done, total))


class _Tally:
    """Collects what each question gave."""

    def __init__(self, golden: GoldenSet) -> None:
        self._golden = golden
        self._values: dict[str, list[float]] = {}
        self._sure: dict[tuple[str, bool], list[float]] = {}
        self._times: list[float] = []

    def add_search(self, question: Question, result: SearchResult, milliseconds: float) -> None:
        self._times.append(milliseconds)
        self._sure.setdefault(("search", bool(question.grades)), []).append(result.confidence)
        if not question.grades:
            return
        if self._golden.files:
            self._add_pages(question, result.passages)
        else:
            self._add_documents(question, result.passages)
        if question.answers:
            texts = [passage.text for passage in result.passages[:5]]
            self._add("answer_shown@5", metrics.contains_answer(texts, question.answers))

    def add_answer(self, question: Question, short: str, confidence: float) -> None:
        self._sure.setdefault(("answer", bool(question.grades)), []).append(confidence)
        if question.answers and not self._golden.files:
            self._add("exact_match", metrics.exact_match(short, question.answers))
            self._add("f1", metrics.f1(short, question.answers))

    def report(self, strategy: str, failures: Sequence[str]) -> SetReport:
        values = {key: fmean(each) for key, each in self._values.items()}
        for kind in ("search", "answer"):
            known, unknown = (self._sure.get((kind, side), []) for side in (True, False))
            if known and unknown:
                values[f"dont_know_{kind}"] = metrics.auroc(known, unknown)
        spread = quantiles(self._times, n=20) if len(self._times) > 1 else [0.0] * 19
        return SetReport(
            self._golden.name,
            strategy,
            len(self._golden.questions),
            len(self._golden.corpus) + len(self._golden.files),
            values,
            spread[9],
            spread[18],
            tuple(failures),
        )

    def _add_documents(self, question: Question, passages: Sequence[Passage]) -> None:
        ranked = ranked_passages(self._golden, passages)
        self._add("ndcg@10", metrics.ndcg(ranked, question.grades))
        self._add("recall@5", metrics.recall(ranked, question.grades, 5))
        self._add("mrr@10", metrics.reciprocal_rank(ranked, question.grades))

    def _add_pages(self, question: Question, passages: Sequence[Passage]) -> None:
        ranked = ranked_pages(passages)
        for k in (1, 5, 10):
            self._add(f"page_hit@{k}", metrics.hit(ranked, question.grades, k))
        documents = {key.rsplit("#", 1)[0] for key in question.grades}
        found = [page.rsplit("#", 1)[0] for page in ranked]
        self._add("document_hit@10", metrics.hit(found, documents, 10))

    def _add(self, key: str, value: float) -> None:
        self._values.setdefault(key, []).append(value)


def fill(
    appliance: ScratchAppliance, golden: GoldenSet, progress: Callable[[int], None]
) -> list[str]:
    """Put a set into the Collection of its name; return what failed, in words."""
    failures: list[str] = []
    if golden.files:
        failures = appliance.add_files(golden.name, golden.files, progress)
    if golden.corpus:
        documents = [
            ScratchDocument(_file_name(number), passage.title, passage.text)
            for number, passage in enumerate(golden.corpus)
        ]
        appliance.add_documents(golden.name, documents, progress)
    return failures


def ranked_passages(golden: GoldenSet, passages: Sequence[Passage]) -> list[str]:
    """The different corpus ids the passages are, in the order a reader meets them."""
    names = dict.fromkeys(PurePath(passage.document_name).name for passage in passages)
    ids = {_file_name(number): passage.id for number, passage in enumerate(golden.corpus)}
    return [ids[name] for name in names if name in ids]


def ranked_pages(passages: Sequence[Passage]) -> list[str]:
    """The different pages the passages stand on, in the order a reader meets them."""
    pages: dict[str, None] = {}
    for passage in passages:
        if passage.page_start is not None:
            name = PurePath(passage.document_name).name
            for page in range(passage.page_start, (passage.page_end or passage.page_start) + 1):
                pages[page_key(name, page)] = None
    return list(pages)


def _file_name(number: int) -> str:
    return f"{number:06d}.txt"
