"""Running headers, footers and page numbers, recognised by coming back on page after page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from on_prem_rag.ingest.layout.token import Draft, Sheet

DEPTH = 3
"""So many lines of furniture may stand above one another."""
FEWEST = 3
"""Pages on which a line must come back, and which must follow one another in numbering."""
PAGE_NUMBER = re.compile(
    r"^[-–—|\s]*(?:(?:page|seite|p\.|pg\.)\s*)?(?P<part>[A-Z]{1,2}[-–—. ])?"
    r"(?:(?P<number>\d{1,4})|(?P<roman>[ivxl]{1,6}))(?:\s*(?:of|/|von|sur|de)\s*\d{1,4})?[-–—|.\s]*$",
    re.IGNORECASE,
)
DIGITS = re.compile(r"\d+")
EDGE = 0.2
"""Of the page's height: running lines stand this near to its top or bottom."""
SLOT = 8.0
"""Points: furniture keeps its distance from the edge of the page to within this."""

Key = tuple[str, int]


def set_furniture_aside(sheets: list[Sheet]) -> None:
    """Move running headers, footers and page numbers from ``drafts`` to ``margin``.

    The first appearance of a running line that says more than a page number stays, so that its
    words are still found; everything else is furniture.
    """
    edges = [(sheet, edge) for sheet in sheets for edge in _edges(sheet)]
    counts: Counter[Key] = Counter()
    for sheet, edge in edges:
        counts.update({key for draft in edge[:DEPTH] for key in _keys(sheet, draft)})
    seen: dict[str, Draft] = {}
    for sheet, edge in edges:
        for draft in edge[:DEPTH]:
            if max((counts[key] for key in _keys(sheet, draft)), default=0) < FEWEST:
                break
            text = DIGITS.sub("#", draft.text)
            first = seen.setdefault(text, draft)
            is_again = first is not draft or _number(draft) is not None
            if is_again and draft in sheet.drafts and len(sheet.drafts) > 1:
                _remove(sheet, draft)


def _edges(sheet: Sheet) -> Iterator[list[Draft]]:
    """The short drafts of a sheet from the top down, and from the bottom up."""
    down = sorted(sheet.drafts, key=lambda draft: draft.box.y0)[:DEPTH]
    up = sorted(sheet.drafts, key=lambda draft: -draft.box.y1)[:DEPTH]
    for edge in (down, up):
        short = next((at for at, draft in enumerate(edge) if not _is_short(draft)), len(edge))
        yield edge[:short]


def _is_short(draft: Draft) -> bool:
    if draft.kind == "table":
        return len(draft.rows) == 1
    return len(draft.lines) <= 2


def _keys(sheet: Sheet, draft: Draft) -> Iterator[Key]:
    """What must come back: the same line at the same height, or a number that counts pages."""
    from_edge = draft.box.y0 if draft.box.y0 < sheet.height / 2 else draft.box.y0 - sheet.height
    text = DIGITS.sub("#", draft.text).casefold()
    if draft.box.y1 < EDGE * sheet.height or draft.box.y0 > (1 - EDGE) * sheet.height:
        yield text, round(from_edge / SLOT)
    match = _number(draft)
    if match is not None and match["number"]:
        yield f"number {match['part'] or ''}", int(match["number"]) - sheet.page


def _number(draft: Draft) -> re.Match[str] | None:
    return None if draft.kind == "table" else PAGE_NUMBER.match(draft.text)


def _remove(sheet: Sheet, draft: Draft) -> None:
    sheet.drafts.remove(draft)
    sheet.margin += [token for line in draft.lines for token in line]
    sheet.margin += [token for row in draft.rows for cell in row for token in cell]
