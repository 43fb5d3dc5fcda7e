"""Measures of rankings, short answers and confidence, each between 0 (worst) and 1 (best)."""

from __future__ import annotations

import math
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = frozenset(string.punctuation) | frozenset("，。、；：？！“”‘’（）《》「」…—～·¿¡،؟؛")
_PAIRED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first ``k``; 0 when nothing is relevant."""
    best = _gain(sorted(grades.values(), reverse=True)[:k])
    return _gain([grades.get(each, 0) for each in ranked[:k]]) / best if best else 0.0


def recall(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """The share of ``relevant`` among the first ``k``; 0 when nothing is relevant."""
    found = len(set(ranked[:k]) & set(relevant))
    return found / len(relevant) if relevant else 0.0


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str], k: int = 10) -> float:
    """One over the place of the first relevant among the first ``k``, else 0."""
    for place, each in enumerate(ranked[:k], start=1):
        if each in relevant:
            return 1 / place
    return 0.0


def hit(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """1 when any of the first ``k`` is relevant, else 0."""
    return float(any(each in relevant for each in ranked[:k]))


def normalise_answer(text: str) -> list[str]:
    """The words of a short answer as SQuAD compares them: no case, punctuation or articles.

    Scripts without spaces are compared letter by letter (as CMRC and MLQA do).
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(" " if letter in _PUNCTUATION else letter for letter in plain)
    plain = _PAIRED.sub(lambda match: f" {match.group()} ", plain)
    return _ARTICLES.sub(" ", plain).split()


def exact_match(given: str, accepted: Sequence[str]) -> float:
    """1 when the answer is one of the accepted ones after normalisation."""
    words = normalise_answer(given)
    return float(any(words == normalise_answer(answer) for answer in accepted))


def f1(given: str, accepted: Sequence[str]) -> float:
    """The best overlap of words with an accepted answer (harmonic mean, SQuAD)."""
    words = normalise_answer(given)
    return max((_overlap(words, normalise_answer(answer)) for answer in accepted), default=0.0)


def contains_answer(texts: Sequence[str], accepted: Sequence[str]) -> float:
    """1 when an accepted answer stands, word for word, in one of ``texts``."""
    shown = [f" {' '.join(normalise_answer(text))} " for text in texts]
    wanted = [f" {' '.join(normalise_answer(answer))} " for answer in accepted]
    return float(any(answer.strip() and answer in text for answer in wanted for text in shown))


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """The chance that a positive scores above a negative, ties counted half; NaN without both."""
    if not positives or not negatives:
        return math.nan
    values = sorted([(value, 1) for value in positives] + [(value, 0) for value in negatives])
    rank_sum, start = 0.0, 0
    while start < len(values):
        end = start
        while end < len(values) and values[end][0] == values[start][0]:
            end += 1
        # Equal values share the mean of their ranks.
        rank_sum += (start + 1 + end) / 2 * sum(kind for _, kind in values[start:end])
        start = end
    count = len(positives)
    return (rank_sum - count * (count + 1) / 2) / (count * len(negatives))


def _gain(grades: Sequence[int]) -> float:
    return math.fsum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


def _overlap(given: Sequence[str], accepted: Sequence[str]) -> float:
    common = (Counter(given) & Counter(accepted)).total()
    if not common:
        return float(list(given) == list(accepted))
    precision, share = common / len(given), common / len(accepted)
    return 2 * precision * share / (precision + share)
