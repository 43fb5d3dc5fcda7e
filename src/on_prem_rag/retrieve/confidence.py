"""How likely it is that the passages found hold the answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from on_prem_rag.index.analysis import analyze, analyze_query, detect_language
from on_prem_rag.retrieve.catalog import Evidence
from on_prem_rag.retrieve.passage import Passage

_READ = 3
"""Passages that are looked at: an answer is rarely further down."""
_ENOUGH = 0.5
"""Share of the question's words beyond which more of them say no more."""
_BIAS, _COSINE, _FOREIGN, _COVERED, _PERIOD_MISSING = -8.7, 5.0, 4.5, 6.3, -2.6
"""Logistic regression of "the page or paragraph that answers is among the passages" on 1,159
questions to six collections in four languages: answerable ones, ones written to be just not
answerable, and ones about something else, each kind of the same weight (benchmarks/confidence.py
fits it)."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the calibration reads.

    ``cosine``: of the question and the nearest of the best passages, 0 without a dense side.
    ``coverage``: share of the question's words that stand in the best passages, in [0, 1].
    ``fluency``: how far the cosine can be trusted, in [0, 1].
    ``named``: how far the question names the document of one of the best passages, in [0, 1].
    ``period_missing``: the document named exists, but only for other periods.
    """

    cosine: float
    coverage: float
    fluency: float
    named: float
    period_missing: bool


def read_signals(
    question: str, passages: Sequence[Passage], *, fluency: float, evidence: Evidence
) -> Signals:
    """The signals of ``passages``, best first, as the answer to ``question``."""
    best = passages[:_READ]
    known = [passage.dense_score for passage in best if passage.dense_score is not None]
    return Signals(
        max(known, default=0.0),
        _coverage(question, best),
        fluency if known else 0.0,
        max((evidence.weights.get(each.document_id, 0.0) for each in best), default=0.0)
        if evidence.named
        else 0.0,
        evidence.period_missing,
    )


def covered(signals: Signals) -> float:
    """How far the passages are about what is asked, in [0, 1]: by their words or by their name.

    A long question has many words about the answer it wants; who names a document that is there
    for the period asked need not repeat its words.
    """
    by_words = min(signals.coverage, _ENOUGH) / _ENOUGH
    return by_words if signals.period_missing else max(by_words, signals.named)


def confidence(signals: Signals) -> float:
    """The calibrated chance that the answer stands in the passages, in [0, 1]."""
    # Where the model does not read the language its cosine says nothing; words have to.
    total = (
        _BIAS
        + _COSINE * signals.fluency * signals.cosine
        + _FOREIGN * (1 - signals.fluency)
        + _COVERED * covered(signals)
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
