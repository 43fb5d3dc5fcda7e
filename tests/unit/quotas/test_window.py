from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from on_prem_rag.quotas.window import Window

WINDOW = Window(60, 6)


@given(st.floats(0, 600, exclude_max=True), st.floats(0, 600))
def test_what_happened_counts_for_the_window_and_no_longer_than_a_slice_more(
    then: float, later: float
) -> None:
    slices = {str(WINDOW.index(then)): 1}
    counts = bool(WINDOW.living(slices, then + later))
    if later < 60:
        assert counts
    if later >= 70:
        assert not counts
    assert counts == (then + later < WINDOW.forgotten_at(WINDOW.index(then)))


def test_more_fits_once_enough_is_forgotten() -> None:
    living = WINDOW.living({"12": 3, "11": 2}, 125)
    assert list(living) == [11, 12]
    assert WINDOW.fits_at(living, 1, 125) == WINDOW.forgotten_at(11) == 180
    assert WINDOW.fits_at(living, 2, 125) == 180
    assert WINDOW.fits_at(living, 3, 125) == 190


def test_what_never_fits_is_worth_a_try_after_a_window() -> None:
    assert WINDOW.fits_at({12: 3}, 4, 125) == 185
    assert WINDOW.fits_at({}, 1, 125) == 185
