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
LONGEST, SHORTEST = 200, 4
NAME_REACH = 6
"""So many lines above "exact name of registrant" may hold the name."""
NO_NAME = re.compile(r"^[(☐☒☑]|\b(?:commission|file number|pursuant|period|ended)\b", re.IGNORECASE)
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
    drafts = _first_page(sheets)
    lines = [draft.text for draft in drafts]
    at = next((i for i, line in enumerate(lines) if REGISTRANT.match(line)), 0)
    names = [draft for draft in drafts[max(at - NAME_REACH, 0) : at] if _is_name(draft.text)]
    if not names:
        return None
    name = max(reversed(names), key=lambda draft: (round(draft.size), draft.emphasis))
    page = " ".join(lines)
    form = next((match[1] for line in lines if (match := FORM.match(line))), None)
    parts = [name.text]
    if form:
        parts.append(f"Form {form}")
    period = PERIOD.search(page)
    reported = REPORTED.search(page)
    if period:
        parts.append(f"{period[1].strip()} {period[2]}")
    elif reported:
        parts.append(reported[1])
    return ", ".join(parts)


def _is_name(line: str) -> bool:
    if len(line) > LONGEST or sum(map(str.isalpha, line)) < SHORTEST:
        return False
    return not NO_NAME.search(line) and not BOILERPLATE.match(line)


def largest_title(sheets: list[Sheet]) -> str | None:
    """The first of the largest headings on the first page that says more than a form's name."""
    best: Draft | None = None
    for draft in _first_page(sheets):
        text = draft.text
        if draft.kind != "heading" or BOILERPLATE.match(text) or len(text) > LONGEST:
            continue
        if not text[0].isalnum() and text[0] not in '"“‘«¿¡(':
            continue
        if best is None or draft.size > 1.05 * best.size:
            best = draft
    return best.text if best else None


def _first_page(sheets: list[Sheet]) -> list[Draft]:
    return [draft for sheet in sheets if sheet.page == 1 for draft in sheet.drafts]
