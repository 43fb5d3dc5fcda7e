"""Retrieval finds what it is wanted to find, on golden sets through the real pipeline.

By default a small set and the labels of the filings; RAG_TEST_FULL=1 measures every set of passages
(the filings whole are ``python -m benchmarks.retrieval pdf_qa``).
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.eval_data import FULL, eval_data

from on_prem_rag.bootstrap.scratch import open_scratch
from on_prem_rag.config import load_settings
from on_prem_rag.evaluate.datasets import load_set
from on_prem_rag.evaluate.report import SetReport
from on_prem_rag.evaluate.runner import Evaluator
from on_prem_rag.retrieve.catalog import Catalog
from on_prem_rag.retrieve.labels import label_of

pytestmark = [pytest.mark.eval_data, pytest.mark.timeout(3600 if FULL else 300)]

WANTED = {
    "retrieval/cisi": 0.450,
    "retrieval/wiki_qa": 0.907,
    "retrieval/vaswani_npl": 0.436,
    "multilingual/xquad_en": 0.963,
}
MULTILINGUAL = ("xquad_de", "xquad_es", "xquad_zh", "xquad_ar", "cmrc2018_zh")


def measure(folder: Path, data_dir: Path, step: int = 1) -> dict[str, SetReport]:
    """The reports of a set by strategy, asking every ``step``-th question."""
    settings, _ = load_settings({}, data_dir=data_dir)
    golden = load_set(folder)
    golden = replace(golden, questions=golden.questions[::step], unanswerable=())
    evaluator = Evaluator(
        lambda: open_scratch(settings),
        strategies=("hybrid", "dense", "lexical"),
        with_answers=False,
    )
    return {report.strategy: report for report in evaluator.run([golden]).sets}


def test_both_indexes_together_find_more_than_either(tmp_path: Path) -> None:
    reports = measure(eval_data("multilingual", "xquad_en"), tmp_path, step=1 if FULL else 6)
    ndcg = {strategy: report.values["ndcg@10"] for strategy, report in reports.items()}
    assert ndcg["hybrid"] >= WANTED["multilingual/xquad_en"]
    assert ndcg["hybrid"] >= max(ndcg["dense"], ndcg["lexical"])
    assert reports["hybrid"].values["recall@5"] >= 0.97


@pytest.mark.slow
@pytest.mark.skipif(not FULL, reason="takes minutes; RAG_TEST_FULL=1 runs it")
@pytest.mark.parametrize("name", ["retrieval/cisi", "retrieval/wiki_qa", "retrieval/vaswani_npl"])
def test_english_sets(name: str, tmp_path: Path) -> None:
    reports = measure(eval_data(name), tmp_path)
    ndcg = {strategy: report.values["ndcg@10"] for strategy, report in reports.items()}
    assert ndcg["hybrid"] >= max(WANTED[name], ndcg["dense"], ndcg["lexical"])


@pytest.mark.slow
@pytest.mark.skipif(not FULL, reason="takes minutes; RAG_TEST_FULL=1 runs it")
@pytest.mark.parametrize("name", MULTILINGUAL)
def test_languages_the_model_does_not_know_lose_nothing(name: str, tmp_path: Path) -> None:
    reports = measure(eval_data("multilingual", name), tmp_path)
    ndcg = {strategy: report.values["ndcg@10"] for strategy, report in reports.items()}
    assert ndcg["hybrid"] >= max(ndcg["dense"], ndcg["lexical"]) - 0.01


def test_questions_name_the_filing_that_answers_them() -> None:
    catalog = Catalog()
    folder = eval_data("pdf_qa")
    for line in (folder / "docs.jsonl").read_text().splitlines():
        document = json.loads(line)
        name = Path(document["file"]).name
        catalog.put(label_of(name, "filings", name, None, None, document["pages"]))
    found = []
    for line in (folder / "questions.jsonl").read_text().splitlines():
        question = json.loads(line)
        evidence = catalog.evidence(question["question"], {"filings"})
        found.append(question["doc"] in list(evidence.weights)[:3])
        assert not evidence.period_missing
    assert sum(found) / len(found) >= 0.9
    missing = [
        catalog.evidence(json.loads(line)["question"], {"filings"}).period_missing
        for line in (folder / "unanswerable.jsonl").read_text().splitlines()
    ]
    assert sum(missing) >= 0.8 * len(missing)
