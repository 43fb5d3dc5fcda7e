"""Years, quarters and days as people and file names write them."""

from datetime import date

import pytest

from on_prem_rag.retrieve.periods import Period, agreement, periods_in, without_periods


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in FY2022", {Period(2022)}),
        ("as of FY22?", {Period(2022)}),
        ("FY 2023 vs FY 2021", {Period(2023), Period(2021)}),
        ("Q2 of FY2023", {Period(2023, quarter=2)}),
        ("REPORT_2023Q4_FINAL", {Period(2023, quarter=4)}),
        ("4Q23 results", {Period(2023, quarter=4)}),
        ("third-quarter fiscal 2021", {Period(2021, quarter=3)}),
        ("dated 1st July 2022", {Period(2022, day=date(2022, 7, 1))}),
        ("on March 3, 2021", {Period(2021, day=date(2021, 3, 3))}),
        ("8K_dated-2022-07-01", {Period(2022, day=date(2022, 7, 1))}),
        ("filed 05/19/2022", {Period(2022, day=date(2022, 5, 19))}),
        ("filed 19.05.2022", {Period(2022, day=date(2022, 5, 19))}),
        ("room 2022-13-45", {Period(2022)}),
    ],
)
def test_periods_are_read(text: str, expected: set[Period]) -> None:
    assert periods_in(text) == expected


@pytest.mark.parametrize("text", ["$2023", "2019%", "2,022.5", "12022", "form 22", "", "no date"])
def test_other_numbers_are_no_periods(text: str) -> None:
    assert periods_in(text) == frozenset()


def test_periods_are_blanked_in_place() -> None:
    text = "sales in FY2022 rose"
    assert without_periods(text) == "sales in        rose"


def test_the_latest_year_asked_for_is_the_documents_year() -> None:
    asked = {Period(2021), Period(2022)}
    assert agreement(asked, {Period(2022)}) > agreement(asked, {Period(2021)}) > 0
    assert agreement(asked, {Period(2020)}) == 0


def test_a_quarter_prefers_its_own_report_and_a_year_the_annual_one() -> None:
    quarter, other, year = Period(2023, quarter=2), Period(2023, quarter=3), Period(2023)
    assert agreement({quarter}, {quarter}) > agreement({quarter}, {other}) > 0
    assert agreement({year}, {year}) > agreement({year}, {quarter}) > 0


def test_days_agree_by_nearness() -> None:
    asked = {Period(2023, day=date(2023, 5, 26))}
    fits = [
        agreement(asked, {Period(2023, day=day)})
        for day in (date(2023, 5, 26), date(2023, 5, 30), date(2023, 6, 20), date(2023, 9, 1))
    ]
    assert fits == sorted(fits, reverse=True)
    assert (fits[0], fits[-1]) == (1.0, 0.0)


def test_nothing_asked_agrees_with_nothing() -> None:
    assert agreement([], [Period(2022)]) == 0.0
    assert agreement([Period(2022)], []) == 0.0
