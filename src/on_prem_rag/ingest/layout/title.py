"""A document's title from its first page, where its file names none."""

from __future__ import annotations

import re

from on_prem_rag.ingest.layout.token import Draft, Sheet

BOILERPLATE = re.compile(
    r"^(?:united states|securities and exchange|washington, d|form \d|schedule 14|exhibit \d"
    r"|for immediate release|press release|news release|table of contents|contents$|index$"
    r"|page \d)",
    re.IGNORECASE,
)
LONGEST = 200
REGISTRANT = re.compile(r"^\(?exact name of (?:the )?registrant", re.IGNORECASE)
FORM = re.compile(r"^form\s*((?:10|8|20|40|6|11)-[A-Z](?:/A)?)\b", re.IGNORECASE)
PERIOD = re.compile(
    r"\b(?:for the )?((?:fiscal|transition|quarterly|annual)? ?(?:year|period|quarter)s? ended:?)"
    r"\s+(\w+\s+\d{1,2},?\s+\d{4})",
    re.IGNORECASE,
)
REPORTED = re.compile(
    r"date of (?:earliest event reported|report)[^:]*?:?\s*(\w+ \d{1,2}, \d{4})", re.IGNORECASE
)


def cover_title(sheets: list[Sheet]) -> str | None:
    """The registrant, form and period on the cover of a filing with the US securities regulator.

    None when the first page is no such cover: "exact name of registrant" must stand under a name.
    """
    lines = [text for text in map(_text, _first_page(sheets)) if text]
    at = next((i for i, line in enumerate(lines) if REGISTRANT.match(line)), 0)
    if at < 1 or len(lines[at - 1]) > LONGEST:
        return None
    page = " ".join(lines)
    form = next((match[1] for line in lines if (match := FORM.match(line))), None)
    parts = [lines[at - 1]]
    if form:
        parts.append(f"Form {form}")
    period = PERIOD.search(page)
    reported = REPORTED.search(page)
    if period:
        parts.append(f"{period[1].strip()} {period[2]}")
    elif reported:
        parts.append(reported[1])
    return ", ".join(parts)


def largest_title(sheets: list[Sheet]) -> str | None:
    """The first of the largest headings on the first page that says more than a form's name."""
    best: Draft | None = None
    for draft in _first_page(sheets):
        if draft.kind != "heading" or BOILERPLATE.match(draft.text) or len(draft.text) > LONGEST:
            continue
        if best is None or draft.size > 1.05 * best.size:
            best = draft
    return best.text if best else None


def _first_page(sheets: list[Sheet]) -> list[Draft]:
    return [draft for sheet in sheets if sheet.page == 1 for draft in sheet.drafts]


def _text(draft: Draft) -> str:
    return draft.text.strip()
