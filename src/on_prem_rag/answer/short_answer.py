"""The few words in a sentence that answer a question, found without a model.

A linear ranker over every short span of the best sentences (span_features.py, weights in
span_weights.toml, fitted by benchmarks/short_answers.py). Its confidence is the softmax summed over
the spans that overlap the best one: how sure the place is, not the exact words.
"""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from on_prem_rag.answer.question import read_question
from on_prem_rag.answer.span import candidate_spans, span_tokens
from on_prem_rag.answer.span_features import features
from on_prem_rag.answer.words import content_words

SURE = 0.5
"""Confidence from which a span is shown as the answer."""


@dataclass(frozen=True, slots=True)
class Span:
    """``sentences[sentence][start:end]`` is ``text``; ``confidence`` is in [0, 1]."""

    text: str
    sentence: int
    start: int
    end: int
    confidence: float


def best_span(
    question: str, sentences: Sequence[str], scores: Sequence[float] | None = None
) -> Span | None:
    """The span of ``sentences`` (best first) likeliest to answer ``question``.

    ``scores`` are the sentences' own, any unit. None where no sentence has a span to offer.
    """
    spans = rank_spans(question, sentences, scores)
    if not spans:
        return None
    highest, best = max(spans, key=lambda scored: scored[0])
    chances = [(math.exp(score - highest), span) for score, span in spans]
    near = sum(chance for chance, span in chances if _overlap(span, best))
    confidence = near / sum(chance for chance, _ in chances)
    return Span(best.text, best.sentence, best.start, best.end, confidence)


def rank_spans(
    question: str, sentences: Sequence[str], scores: Sequence[float] | None = None
) -> list[tuple[float, Span]]:
    """Every span with its score, in the order of the text."""
    weights = _weights()
    return [
        (sum(weights.get(name, 0.0) * value for name, value in found.items()), span)
        for found, span in span_table(question, sentences, scores)
    ]


def span_table(
    question: str, sentences: Sequence[str], scores: Sequence[float] | None = None
) -> list[tuple[dict[str, float], Span]]:
    """Every span with its features; what the weights are fitted on."""
    asked = read_question(question)
    rarity = _rarity(asked.stems, sentences)
    best = max(scores, default=0.0) if scores else 0.0
    rows = []
    for number, sentence in enumerate(sentences):
        tokens = span_tokens(sentence, asked.stems)
        relative = scores[number] / best if scores and best else 1.0
        for first, end in candidate_spans(tokens):
            start, stop = tokens[first].start, tokens[end - 1].end
            found = features(tokens, first, end, asked, rarity)
            found["sentence_rank"], found["sentence_score"] = float(number), relative
            rows.append((found, Span(sentence[start:stop], number, start, stop, 0.0)))
    return rows


def short_answer(
    question: str, sentences: Sequence[str], scores: Sequence[float] | None = None
) -> str | None:
    """The answer in a few words, None when unsure."""
    span = best_span(question, sentences, scores)
    return span.text if span is not None and span.confidence >= SURE else None


def _overlap(one: Span, other: Span) -> bool:
    return one.sentence == other.sentence and one.start < other.end and other.start < one.end


def _rarity(stems: frozenset[str], sentences: Sequence[str]) -> dict[str, float]:
    frequency = Counter(word for sentence in sentences for word in set(content_words(sentence)))
    return {stem: math.log(1 + len(sentences) / (0.5 + frequency[stem])) for stem in stems}


@cache
def _weights() -> dict[str, float]:
    text = (files("on_prem_rag.answer") / "span_weights.toml").read_text(encoding="utf-8")
    return {
        name if group == "span" else f"{group}.{name}": float(weight)
        for group, values in tomllib.loads(text).items()
        for name, weight in values.items()
    }
