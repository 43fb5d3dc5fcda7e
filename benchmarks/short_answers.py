"""Exact match and F1 of short answers without a model, and the fit of the weights behind them.

    python -m benchmarks.short_answers            measures the shipped weights on gold paragraphs
    python -m benchmarks.short_answers --cross    fits on one source, measures on the other
    python -m benchmarks.short_answers --fit      fits on all and writes span_weights.toml

The fit is a softmax over each question's spans with squared F1 as target, sparse by a soft
threshold, refitted on what is left, rounded to one decimal.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from on_prem_rag.answer import short_answer
from on_prem_rag.answer.events import NumberedPassage
from on_prem_rag.answer.extractive import best_sentences
from on_prem_rag.answer.short_answer import best_span, span_table
from on_prem_rag.retrieve.passage import Passage

DATA = Path(os.environ.get("RAG_EVAL_DATA", "../shared/data/dev")) / "retrieval/wiki_qa"
SPARSE, RIDGE, RATE, EPOCHS, BATCH = 2e-3, 5e-4, 0.3, 15, 32
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A question with its gold paragraph's best sentences."""

    source: str
    question: str
    answers: tuple[str, ...]
    sentences: tuple[str, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True)
class Example:
    """A case as the fit reads it: a row of features for each span, its F1 and exact match."""

    source: str
    rows: Matrix
    f1: Matrix
    exact: Matrix


def normal(text: str) -> str:
    """Lower case without punctuation and articles, as SQuAD's evaluation compares answers."""
    bare = "".join(char for char in text.lower() if char not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def f1(given: str, accepted: str) -> float:
    """Harmonic mean of word precision and recall."""
    left, right = normal(given).split(), normal(accepted).split()
    shared = sum((Counter(left) & Counter(right)).values())
    return 2 * shared / (len(left) + len(right)) if shared else 0.0


def judge(given: str, answers: Sequence[str]) -> tuple[float, float]:
    """Best F1 and exact match over the accepted answers."""
    exact = any(normal(given) == normal(answer) for answer in answers)
    return max(f1(given, answer) for answer in answers), float(exact)


def load() -> list[Case]:
    """Every question of the set with sentences from its gold paragraph."""
    corpus = {row["_id"]: row for row in _lines("corpus.jsonl")}
    pairs = (line.split() for line in (DATA / "qrels.tsv").read_text().splitlines()[1:])
    gold = {query: document for query, document, _ in pairs}
    cases = []
    for row in _lines("queries.jsonl"):
        document = corpus[gold[row["_id"]]]
        quoted = best_sentences(row["text"], [NumberedPassage(1, _passage(document))])
        cases.append(
            Case(
                row["metadata"]["source"],
                row["text"],
                tuple(row["metadata"]["answers"]),
                tuple(sentence.text for sentence in quoted),
                tuple(sentence.score for sentence in quoted),
            )
        )
    return cases


def measure(cases: Sequence[Case]) -> None:
    """Print what the shipped weights reach, overall and above the confidence shown."""
    found = []
    for case in cases:
        span = best_span(case.question, case.sentences, case.scores)
        score = judge(span.text, case.answers) if span else (0.0, 0.0)
        found.append((span.confidence if span else 0.0, *score))
    has = [any(normal(a) in normal(c.sentences[0]) for a in c.answers) for c in cases]
    print(f"{len(cases)} questions; answer in the best sentence {np.mean(has):.3f}")
    for least in (0.0, 0.2, 0.3, 0.4, 0.5, 0.6):
        rows = np.array([row for row in found if row[0] >= least])
        share = len(rows) / len(found)
        print(
            f"confidence >= {least}: {share:.3f} of questions, EM {rows[:, 2].mean():.3f}, "
            f"F1 {rows[:, 1].mean():.3f}"
        )


def examples(cases: Sequence[Case]) -> tuple[list[Example], list[str]]:
    """The cases as matrices over one list of feature names."""
    names: dict[str, int] = {}
    tables = []
    for case in cases:
        table = span_table(case.question, case.sentences, case.scores)
        for found, _ in table:
            for name, value in found.items():
                if value:
                    names.setdefault(name, len(names))
        tables.append(table)
    made = []
    for case, table in zip(cases, tables, strict=True):
        rows = np.zeros((len(table), len(names)))
        for row, (found, _) in zip(rows, table, strict=True):
            for name, value in found.items():
                if value:
                    row[names[name]] = value
        scores = np.array([judge(span.text, case.answers) for _, span in table]).reshape(-1, 2)
        made.append(Example(case.source, rows, scores[:, 0], scores[:, 1]))
    return made, list(names)


def fit(data: Sequence[Example], sparse: float, mask: Matrix | None = None) -> Matrix:
    """Weights by AdaGrad; ``mask`` keeps a weight at 0 where it is 0."""
    usable = [example for example in data if example.f1.sum() > 0]
    weights = np.zeros(usable[0].rows.shape[1])
    squares = np.full_like(weights, 1e-4)
    order = np.random.default_rng(0)
    for _ in range(EPOCHS):
        for batch in np.array_split(order.permutation(len(usable)), len(usable) // BATCH):
            gradient = RIDGE * weights + np.mean(
                [_gradient(usable[index], weights) for index in batch], axis=0
            )
            squares += gradient**2
            step = RATE / np.sqrt(squares)
            weights -= step * gradient
            weights = np.sign(weights) * np.maximum(np.abs(weights) - step * sparse, 0)
            weights = weights if mask is None else weights * mask
    return weights


def sparse_fit(data: Sequence[Example]) -> Matrix:
    """The weights as shipped: few, refitted, rounded."""
    kept = np.abs(fit(data, SPARSE)) > 0.05
    return np.round(fit(data, 0.0, kept.astype(float)), 1)


def score(data: Sequence[Example], weights: Matrix) -> tuple[float, float]:
    """Exact match and F1 of the best span."""
    tops = [
        (example, int((example.rows @ weights).argmax())) for example in data if len(example.f1)
    ]
    best = [(example.exact[top], example.f1[top]) for example, top in tops]
    exact, overlap = np.array(best).sum(axis=0) / len(data)
    return float(exact), float(overlap)


def write(names: Sequence[str], weights: Matrix) -> None:
    """Replace the shipped weights."""
    groups: dict[str, dict[str, float]] = {}
    for name, weight in sorted(zip(names, weights.tolist(), strict=True)):
        if weight:
            group, _, rest = name.rpartition(".")
            groups.setdefault(group or "span", {})[rest] = weight
    text = "# Weights of short_answer.py's ranker; written by benchmarks/short_answers.py --fit.\n"
    for group, values in groups.items():
        lines = "".join(f"{key} = {value}\n" for key, value in values.items())
        text += f"\n[{group}]\n{lines}"
    (Path(short_answer.__file__).parent / "span_weights.toml").write_text(text, encoding="utf-8")


def main() -> None:
    """Measure, or fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--cross", action="store_true")
    options = parser.parse_args()
    cases = load()
    if options.fit or options.cross:
        data, names = examples(cases)
        for source in sorted({example.source for example in data}) if options.cross else ():
            others = [example for example in data if example.source != source]
            held = [example for example in data if example.source == source]
            exact, overlap = score(held, sparse_fit(others))
            print(f"fitted without {source}, measured on it: EM {exact:.3f}, F1 {overlap:.3f}")
        if options.fit:
            write(names, sparse_fit(data))
    if not options.cross:
        measure(cases)


def _gradient(example: Example, weights: Matrix) -> Matrix:
    target = example.f1**2 / (example.f1**2).sum()
    scores = example.rows @ weights
    chances = np.exp(scores - scores.max())
    return np.asarray(example.rows.T @ (chances / chances.sum() - target))


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def _passage(document: dict[str, Any]) -> Passage:
    return Passage(
        chunk_ids=(document["_id"],),
        collection_id="",
        document_id=document["_id"],
        version_id="",
        document_name=document["title"],
        title=document["title"],
        media_type="text/plain",
        heading_path=(),
        text=document["text"],
        kind="paragraph",
        page_start=None,
        page_end=None,
        boxes=(),
        score=1.0,
    )


if __name__ == "__main__":
    main()
