"""Fits the calibration of SearchResult.confidence and says how well it separates.

    python -m benchmarks.confidence [--step 6]

Golden sets of RAG_EVAL_DATA are asked their own questions, their unanswerable ones, and questions
of other sets. The regression is fitted on all of them for the product; the figures come from a
split in halves and from leaving one collection out.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from on_prem_rag.bootstrap.scratch import open_scratch
from on_prem_rag.config import load_settings
from on_prem_rag.evaluate.datasets import GoldenSet, Question, load_set
from on_prem_rag.evaluate.metrics import auroc
from on_prem_rag.evaluate.runner import fill, ranked_pages, ranked_passages
from on_prem_rag.retrieve.confidence import Signals, covered, read_signals
from on_prem_rag.retrieve.passage import SearchQuery, SearchResult

DATA = Path(os.environ.get("RAG_EVAL_DATA") or Path(__file__).parents[2] / "shared/data/dev")
Floats = NDArray[np.float64]
READER = "on_prem_rag.retrieve.retriever.read_signals"
ASKED = {
    "pdf_qa": ("retrieval/wiki_qa",),
    "retrieval/wiki_qa": ("retrieval/cisi", "pdf_qa"),
    "multilingual/xquad_en": ("retrieval/wiki_qa",),
    "multilingual/xquad_de": (),
    "multilingual/xquad_zh": ("multilingual/cmrc2018_zh",),
    "multilingual/xquad_ar": (),
}
"""Each collection and the sets whose questions are about something else there."""
FOREIGN_QUESTIONS = 50


@dataclass(frozen=True)
class Row:
    """One question: which collection, what kind, whether the answer was found, what was read."""

    collection: str
    kind: str
    found: bool
    signals: Signals


def main() -> None:
    """Collect, fit, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--step", type=int, default=6, help="every which question is asked")
    rows = [row for name in ASKED for row in collect(name, parser.parse_args().step)]
    weights = even_weights(rows)
    inputs = np.array([features(row.signals) for row in rows])
    found = np.array([row.found for row in rows], dtype=float)
    print("bias, cosine, foreign, covered, period missing:", fit(inputs, found, weights).round(2))
    half = np.arange(len(rows)) % 2 == 0
    judged = predict(inputs, fit(inputs[half], found[half], weights[half]))
    report(
        "other half",
        [row for row, first in zip(rows, half, strict=True) if not first],
        judged[~half],
    )
    left_out = np.zeros(len(rows))
    for name in ASKED:
        own = np.array([row.collection == name for row in rows])
        left_out[own] = predict(inputs[own], fit(inputs[~own], found[~own], weights[~own]))
    report("collection left out", rows, left_out)


def collect(name: str, step: int) -> Iterator[Row]:
    """Ask one collection everything it is to be asked."""
    golden = load_set(DATA / name)
    asked = [("own", each) for each in golden.questions[:: step if golden.corpus else 1]]
    asked += [("unanswerable", each) for each in golden.unanswerable[:: step // 2 or 1][:300]]
    for other in ASKED[name]:
        questions = load_set(DATA / other).questions
        spread = max(1, len(questions) // FOREIGN_QUESTIONS)
        asked += [("elsewhere", each) for each in questions[::spread]]
    settings, _ = load_settings()
    with open_scratch(settings) as appliance, patch(READER, wraps=read_signals) as reader:
        read: list[Signals] = []
        reader.side_effect = lambda *args, **more: noted(read, read_signals(*args, **more))
        fill(appliance, golden, lambda _: None)
        for kind, question in asked:
            result = appliance.search(golden.name, SearchQuery(question.text))
            if read:
                found = kind == "own" and holds_answer(golden, question, result)
                yield Row(name, kind, found, read.pop())


def noted(read: list[Signals], signals: Signals) -> Signals:
    """Keep what the retriever is about to judge."""
    read[:] = [signals]
    return signals


def holds_answer(golden: GoldenSet, question: Question, result: SearchResult) -> bool:
    """Whether the gold page is among ten pages, or the gold document among five passages."""
    if golden.files:
        return any(page in question.grades for page in ranked_pages(result.passages)[:10])
    ranked = ranked_passages(golden, result.passages[:5])
    return any(each in question.grades for each in ranked)


def features(signals: Signals) -> list[float]:
    """A row of the regression, as ``confidence`` computes it."""
    return [
        signals.fluency * signals.cosine,
        1 - signals.fluency,
        covered(signals),
        float(signals.period_missing),
    ]


def fit(inputs: Floats, found: Floats, weights: Floats) -> Floats:
    """Logistic regression by Newton's method, with a weak ridge."""
    columns = np.c_[np.ones(len(inputs)), inputs]
    ridge = np.diag([0.0] + [1.0] * inputs.shape[1])
    beta = np.zeros(columns.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-columns @ beta))
        gradient = columns.T @ (weights * (chance - found)) + ridge @ beta
        curve = (columns * (weights * chance * (1 - chance))[:, None]).T @ columns + ridge
        beta = beta - np.linalg.solve(curve + 1e-9 * np.eye(len(beta)), gradient)
    return beta


def predict(inputs: Floats, beta: Floats) -> Floats:
    """The chance of each row."""
    chance: Floats = 1 / (1 + np.exp(-np.c_[np.ones(len(inputs)), inputs] @ beta))
    return chance


def even_weights(rows: list[Row]) -> Floats:
    """Each kind of question of each collection weighs the same."""
    counts = Counter((row.collection, row.kind) for row in rows)
    return np.array([100 / counts[row.collection, row.kind] for row in rows])


def report(title: str, rows: list[Row], chances: Floats) -> None:
    """Areas under the ROC of own against other questions, and how true the chances are."""
    print(title)
    for name in ASKED:
        by_kind: dict[str, list[float]] = {}
        for row, chance in zip(rows, chances, strict=True):
            if row.collection == name:
                by_kind.setdefault(row.kind, []).append(float(chance))
        own = by_kind.pop("own", [])
        areas = {kind: round(auroc(own, others), 3) for kind, others in by_kind.items()}
        print(f"  {name}: own mean {np.mean(own):.2f}, AUROC {areas}")
    found = np.array([row.found for row in rows], dtype=float)
    weights = even_weights(rows)
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = (chances >= low) & (chances < low + 0.2)
        if inside.any():
            share = np.average(found[inside], weights=weights[inside])
            print(
                f"  said {chances[inside].mean():.2f}, was {share:.2f} ({inside.sum()} questions)"
            )


if __name__ == "__main__":
    main()
