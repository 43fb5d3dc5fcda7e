"""Joins the scores of the two indexes into one.

Ranks throw away what scores say: a passage that stands far above the rest in one index should win
even when the other index does not care for it. So each list is measured in its own standard
deviations around its own mean, and the two are mixed by weight. A list that stands out nowhere
thus weighs little where it counts, at the top.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DENSE_SHARE = 0.5
"""Share of the dense side for a question the embedding model reads fluently."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What each index gave, by chunk id, when it was asked for ``depth`` chunks.

    ``dense`` and ``lexical`` are those lists. ``more_dense`` and ``more_lexical`` are scores of
    further chunks on the same scales. ``fluency`` in [0, 1] is how far the dense side is trusted.
    """

    dense: Mapping[str, float]
    lexical: Mapping[str, float]
    more_dense: Mapping[str, float]
    more_lexical: Mapping[str, float]
    fluency: float
    depth: int

    def dense_of(self, chunk_id: str) -> float | None:
        """The cosine of a chunk, where it is known."""
        return self.dense.get(chunk_id, self.more_dense.get(chunk_id))

    def lexical_of(self, chunk_id: str) -> float | None:
        """The BM25 value of a chunk, where it is known."""
        return self.lexical.get(chunk_id, self.more_lexical.get(chunk_id))


def fuse(scores: Scores, ids: Sequence[str]) -> NDArray[np.float64]:
    """The mixed score of each id in standard deviations; a silent side leaves the other alone."""
    dense = _standardised(scores.dense, [scores.dense_of(each) for each in ids], len(scores.dense))
    lexical = _standardised(scores.lexical, [scores.lexical_of(each) for each in ids], scores.depth)
    if not scores.dense or not scores.lexical:
        return dense + lexical
    share = DENSE_SHARE * scores.fluency
    return share * dense + (1 - share) * lexical


def _standardised(
    listed: Mapping[str, float], values: Sequence[float | None], depth: int
) -> NDArray[np.float64]:
    """Values in standard deviations of a list that was asked for ``depth`` entries.

    A list that came back shorter holds every match there is: the places left count as zeros, so
    that a single match stands out. An unknown value counts as the list's lowest.
    """
    if not listed:
        return np.zeros(len(values))
    best = sorted(listed.values(), reverse=True)[:depth]
    reference = np.array(best + [0.0] * (depth - len(best)))
    spread = float(reference.std())
    if spread < 1e-9:
        return np.zeros(len(values))
    lowest = float(reference.min())
    known = np.array([lowest if value is None else value for value in values])
    return (known - float(reference.mean())) / spread
