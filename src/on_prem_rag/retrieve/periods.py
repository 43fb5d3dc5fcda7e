"""Years, quarters and days named in a text: "FY2022", "Q2 of FY2023", "2023Q4", "1st July 2022"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_YEAR = r"(?:19|20)\d\d"
# A short year counts only after FY or a quarter: a bare "22" is any number.
_FISCAL = rf"(?:fy|fiscal(?:\s+year)?)?[\s'’]*(?P<year>{_YEAR}|(?<=fy)\d\d|(?<=fy\s)\d\d)"

_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!\d)(?P<year>{_YEAR})[-./_](?P<month>\d\d?)[-./_](?P<day>\d\d?)(?!\d)",
        rf"(?<!\d)(?P<month>\d\d?)[/.](?P<day>\d\d?)[/.](?P<year>{_YEAR})(?!\d)",
        rf"\b(?P<day>\d\d?)(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<name>{_MONTH})\.?,?\s+(?P<year>{_YEAR})\b",
        rf"\b(?P<name>{_MONTH})\.?\s+(?P<day>\d\d?)(?:st|nd|rd|th)?,?\s+(?P<year>{_YEAR})\b",
        rf"\bq(?P<quarter>[1-4])[\s,-]*(?:of\s+)?(?:the\s+)?{_FISCAL}(?!\d)",
        r"\b(?P<quarter>[1-4])q[\s-]*(?:fy\s?)?(?P<year>(?:19|20)?\d\d)(?!\d)",
        rf"\b(?P<ordinal>first|second|third|fourth)[\s-]quarter,?\s+(?:of\s+)?(?:the\s+)?{_FISCAL}(?!\d)",
        rf"(?<![\d])(?:fy\s?)?(?P<year>{_YEAR})[\s-]*q(?P<quarter>[1-4])\b",
        r"\bfy[\s'’-]?(?P<year>(?:19|20)?\d\d)(?!\d)",
        rf"(?<![\d.,$])(?P<year>{_YEAR})(?![\d%]|[.,]\d)",
    )
)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A year, a quarter of it, or one day of it."""

    year: int
    quarter: int | None = None
    day: date | None = None


def periods_in(text: str) -> frozenset[Period]:
    """Every period named in ``text``; a year is left out where a quarter or day of it is named."""
    found: set[Period] = set()
    rest = text.replace("_", " ")
    for pattern in _PATTERNS:
        for match in pattern.finditer(rest):
            found.update(_read(match))
        rest = pattern.sub(lambda match: " " * len(match.group()), rest)
    fine = {period.year for period in found if period.quarter or period.day}
    return frozenset(p for p in found if p.quarter or p.day or p.year not in fine)


def without_periods(text: str) -> str:
    """``text`` with every period in it replaced by as many spaces."""
    rest = text.replace("_", " ")
    for pattern in _PATTERNS:
        rest = pattern.sub(lambda match: " " * len(match.group()), rest)
    return rest


def agreement(asked: Iterable[Period], carried: Iterable[Period]) -> float:
    """How well a document that carries periods fits a question that asks for some, in [0, 1].

    A report on a year also holds the years before it for comparison, so the latest year asked for
    is the document's year; an earlier one asked for counts little.
    """
    wanted, present = list(asked), list(carried)
    if not wanted or not present:
        return 0.0
    latest = max(period.year for period in wanted)
    return max(_fit(one, other, latest) for one in wanted for other in present)


def _fit(asked: Period, carried: Period, latest: int) -> float:
    if asked.day and carried.day:
        days = abs((asked.day - carried.day).days)
        return 1.0 if days == 0 else 0.8 if days <= 7 else 0.5 if days <= 31 else 0.0
    if asked.year != carried.year:
        return 0.0
    if asked.quarter and carried.quarter:
        return 1.0 if asked.quarter == carried.quarter else 0.3
    weight = 0.8 if asked.year == latest else 0.25
    # A whole year asked for is answered by the year's report before one of its quarters.
    return weight * (0.8 if asked.quarter or carried.quarter or carried.day else 1.0)


def _read(match: re.Match[str]) -> Iterable[Period]:
    groups = match.groupdict()
    year = int(groups["year"])
    year += 2000 if year < 100 else 0
    if groups.get("quarter") or groups.get("ordinal"):
        quarter = groups.get("quarter") or _ORDINALS[groups["ordinal"].lower()]
        return (Period(year, quarter=int(quarter)),)
    if not groups.get("day"):
        return (Period(year),)
    month = _MONTHS[groups["name"].lower()] if groups.get("name") else int(groups["month"])
    orders = [(month, int(groups["day"]))]
    if not groups.get("name"):
        orders.append((int(groups["day"]), month))
    for one_month, day in orders:
        try:
            return (Period(year, day=date(year, one_month, day)),)
        except ValueError:
            continue
    return (Period(year),)
