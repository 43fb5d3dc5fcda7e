"""From scores in two indexes and evidence for documents to one order of chunks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from on_prem_rag.retrieve.candidates import Candidate
from on_prem_rag.retrieve.fusion import Scores, fuse

EVIDENCE_WEIGHT = 5.0
"""What a document named outright is worth, in standard deviations of the fused scores: enough to
bring its chunks before the same words in another company's report, not enough to bring in chunks
that have nothing to do with the question."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score in standard deviations, and what each index gave."""

    candidate: Candidate
    score: float
    dense_score: float | None
    lexical_score: float | None


def rank(
    candidates: Sequence[Candidate], scores: Scores, evidence: Mapping[str, float]
) -> list[Ranked]:
    """Candidates, best first; equal scores in reading order of their documents."""
    fused = fuse(scores, [candidate.chunk_id for candidate in candidates])
    named = np.array([evidence.get(candidate.document_id, 0.0) for candidate in candidates])
    ranked = [
        Ranked(
            candidate,
            float(score),
            scores.dense_of(candidate.chunk_id),
            scores.lexical_of(candidate.chunk_id),
        )
        for candidate, score in zip(candidates, fused + EVIDENCE_WEIGHT * named, strict=True)
    ]
    return sorted(
        ranked,
        key=lambda each: (-each.score, each.candidate.document_id, each.candidate.ordinal),
    )
