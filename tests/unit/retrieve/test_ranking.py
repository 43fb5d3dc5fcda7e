"""One order from scores and evidence."""

from on_prem_rag.retrieve.candidates import Candidate
from on_prem_rag.retrieve.fusion import Scores
from on_prem_rag.retrieve.ranking import rank

FOUR = [
    Candidate(f"{document}{ordinal}", f"v-{document}", document, ordinal, 100)
    for document in "ab"
    for ordinal in range(2)
]


def lexical(**values: float) -> Scores:
    return Scores({}, values, {}, {}, 1.0, 4)


def test_a_named_document_comes_first_in_its_own_order() -> None:
    given = lexical(a0=9.0, a1=8.0, b0=7.0, b1=5.0)
    ranked = rank(FOUR, given, {"b": 1.0})
    assert [each.candidate.chunk_id for each in ranked] == ["b0", "b1", "a0", "a1"]
    assert ranked[0].lexical_score == 7.0
    assert ranked[0].dense_score is None


def test_without_evidence_scores_decide_and_ties_keep_reading_order() -> None:
    given = lexical(a0=1.0, a1=1.0, b0=3.0, b1=1.0)
    ranked = rank(list(reversed(FOUR)), given, {})
    assert [each.candidate.chunk_id for each in ranked] == ["b0", "a0", "a1", "b1"]


def test_nothing_gives_nothing() -> None:
    assert rank([], lexical(), {"a": 1.0}) == []
