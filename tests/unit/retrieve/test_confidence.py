"""What the passages say of their own sufficiency."""

import pytest

from on_prem_rag.retrieve.catalog import Evidence
from on_prem_rag.retrieve.confidence import Signals, confidence, covered, read_signals
from on_prem_rag.retrieve.passage import Passage

DATED = Evidence({"d": 0.4}, named=False, period_missing=True)


def passage(text: str, dense: float | None) -> Passage:
    return Passage(
        chunk_ids=("1",),
        collection_id="c",
        document_id="d",
        version_id="v",
        document_name="canteen.txt",
        title="Canteen",
        media_type="text/plain",
        heading_path=(),
        text=text,
        kind="text",
        page_start=None,
        page_end=None,
        boxes=(),
        score=0.5,
        dense_score=dense,
    )


def test_signals_are_read_from_the_best_passages() -> None:
    passages = [passage("opens at noon", 0.4), passage("closed", 0.6), passage("x", None)]
    far = passage("weekend", 0.9)
    signals = read_signals(
        "When opens the canteen at the weekend?",
        [*passages, far],
        fluency=0.8,
        evidence=Evidence({"d": 0.7}, named=True),
    )
    assert signals == Signals(0.6, pytest.approx(2 / 3), 0.8, 0.7, False)


def test_without_a_dense_side_only_words_count() -> None:
    signals = read_signals("the canteen", [passage("x", None)], fluency=1.0, evidence=DATED)
    assert signals == Signals(0.0, 1.0, 0.0, 0.0, True)
    assert read_signals("", [], fluency=1.0, evidence=Evidence({})).coverage == 0.0


def test_better_signals_give_more_confidence() -> None:
    def sure(cosine: float, coverage: float, fluency: float = 1.0, missing: bool = False) -> float:
        return confidence(Signals(cosine, coverage, fluency, 0.0, missing))

    assert sure(0.7, 0.9) > sure(0.5, 0.9) > sure(0.3, 0.9) > 0
    assert sure(0.6, 0.9) > sure(0.6, 0.2)
    assert sure(0.6, 0.9) > 2 * sure(0.6, 0.9, missing=True)
    assert sure(0.0, 0.8, 0.0) > 0.5 > sure(0.0, 0.2, 0.0)
    assert sure(1.0, 1.0) < 1


def test_something_else_altogether_is_below_what_counts_as_an_answer() -> None:
    assert (
        confidence(Signals(0.3, 0.3, 1.0, 0.0, False))
        < 0.3
        < confidence(Signals(0.6, 0.7, 1.0, 0.0, False))
    )


def test_a_named_document_covers_the_question_unless_its_period_is_missing() -> None:
    assert covered(Signals(0.6, 0.2, 1.0, 0.9, False)) == 0.9
    assert covered(Signals(0.6, 0.2, 1.0, 0.9, True)) == pytest.approx(0.4)
    assert covered(Signals(0.6, 0.8, 1.0, 0.2, False)) == 1.0
