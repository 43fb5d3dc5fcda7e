from __future__ import annotations

from on_prem_rag.answer.stopwatch import Stopwatch


def test_the_first_lap_of_a_name_counts_and_the_total_comes_last():
    watch = Stopwatch()
    watch.lap("searched")
    first = watch.laps["searched"]
    watch.lap("searched")
    total = watch.total()
    assert total["searched"] == first
    assert 0 <= first <= total["total"]
