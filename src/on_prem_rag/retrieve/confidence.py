"""How likely it is that the passages found hold the answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from on_prem_rag.index.analysis import analyze, analyze_query, detect_language
from on_prem_rag.retrieve.passage import Passage

_READ = 3
"""Passages that are looked at: an answer is rarely further down."""
_BIAS, _COSINE, _COVERAGE, _PERIOD_MISSING = -2.5, 4.0, 2.0, -2.5
"""Logistic regression."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the calibration reads.

    ``cosine``: of the question and the nearest of the best passages, 0 without a dense side.
    ``coverage``: share of the question's words that stand in the best passages, in [0, 1].
    ``fluency``: how far the cosine can be trusted, in [0, 1].
    ``period_missing``: the document named exists, but only for other periods.
    """

    cosine: float
    coverage: float
    fluency: float
    period_missing: bool


def read_signals(
    question: str, passages: Sequence[Passage], *, fluency: float, period_missing: bool
) -> Signals:
    """The signals of ``passages``, best first, as the answer to ``question``."""
    best = passages[:_READ]
    known = [passage.dense_score for passage in best if passage.dense_score is not None]
    return Signals(
        max(known, default=0.0),
        _coverage(question, best),
        fluency if known else 0.0,
        period_missing,
    )


def confidence(signals: Signals) -> float:
    """The calibrated chance that the answer stands in the passages, in [0, 1]."""
    # Where the model does not read the language the cosine says nothing; words have to.
    nearness = signals.fluency * signals.cosine + (1 - signals.fluency) * signals.coverage * 0.6
    total = (
        _BIAS
        + _COSINE * nearness
        + _COVERAGE * signals.coverage
        + _PERIOD_MISSING * signals.period_missing
    )
    return 1 / (1 + math.exp(-total))


def _coverage(question: str, passages: Sequence[Passage]) -> float:
    words = analyze_query(question)
    if not words:
        return 0.0
    terms: set[str] = set()
    for passage in passages:
        text = f"{passage.title}\n{passage.document_name}\n{passage.text}"
        terms.update(analyze(text, detect_language(passage.text)).split())
    return sum(any(form in terms for form in word.forms) for word in words) / len(words)
