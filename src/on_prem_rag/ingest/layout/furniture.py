"""Running headers, footers and page numbers, recognised by coming back on page after page."""

from __future__ import annotations

import re
from collections import Counter

from on_prem_rag.ingest.layout.token import Draft, Sheet

EDGE = 0.13
"""Of the page's height: how far from the top or bottom furniture stands."""
CANDIDATES = 3
FEWEST = 3
PAGE_NUMBER = re.compile(
    r"^(?:[-–—|\s]*(?:page|seite|p\.|pg\.)?\s*[A-Z]{0,2}[-–—. ]?(?:\d{1,4}|[ivxl]{1,6})"
    r"(?:\s*(?:of|/|von|sur|de)\s*\d{1,4})?[-–—|.\s]*)$",
    re.IGNORECASE,
)
DIGITS = re.compile(r"\d+")
SLOT = 8.0
"""Points: furniture keeps its height on the page to within this."""


def set_furniture_aside(sheets: list[Sheet]) -> None:
    """Move running headers, footers and page numbers from ``drafts`` to ``margin``.

    The first appearance of a running line that says more than a page number stays, so that its
    words are still found; everything else is furniture.
    """
    groups = [_edge_drafts(sheet) for sheet in sheets]
    counts = Counter(key for group in groups for key in {_key(s, d) for s, d in group})
    numbers = sum(any(_is_number(draft) for _, draft in group) for group in groups)
    seen: set[str] = set()
    for group in groups:
        for sheet, draft in group:
            text = DIGITS.sub("#", draft.text)
            if _is_number(draft):
                if numbers >= FEWEST:
                    _remove(sheet, draft)
            elif counts[_key(sheet, draft)] >= FEWEST:
                if text in seen:
                    _remove(sheet, draft)
                seen.add(text)


def _edge_drafts(sheet: Sheet) -> list[tuple[Sheet, Draft]]:
    """The few one- or two-line drafts nearest to the top and to the bottom of the page."""
    high = [d for d in sheet.drafts if d.box.y1 < EDGE * sheet.height and _is_short(d)]
    low = [d for d in sheet.drafts if d.box.y0 > (1 - EDGE) * sheet.height and _is_short(d)]
    high.sort(key=lambda draft: draft.box.y0)
    low.sort(key=lambda draft: -draft.box.y1)
    return [(sheet, draft) for draft in high[:CANDIDATES] + low[:CANDIDATES]]


def _is_short(draft: Draft) -> bool:
    if draft.kind == "table":
        return len(draft.rows) == 1
    return len(draft.lines) <= 2


def _key(sheet: Sheet, draft: Draft) -> tuple[str, int]:
    from_edge = draft.box.y0 if draft.box.y0 < sheet.height / 2 else draft.box.y0 - sheet.height
    return DIGITS.sub("#", draft.text).casefold(), round(from_edge / SLOT)


def _is_number(draft: Draft) -> bool:
    return draft.kind != "table" and PAGE_NUMBER.match(draft.text) is not None


def _remove(sheet: Sheet, draft: Draft) -> None:
    sheet.drafts.remove(draft)
    sheet.margin += [token for line in draft.lines for token in line]
    sheet.margin += [token for row in draft.rows for cell in row for token in cell]
