"""Which paragraphs are headings, and how deep, from sizes and weights over the whole document."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from on_prem_rag.ingest.layout.token import Draft, Sheet

LONGEST = 25
LARGER = 1.12
"""Times the size of body text: from here on a short paragraph is a heading by size alone."""
COMMON = 0.35
"""A weight or slant that more than this part of the text has tells nothing."""
DEEPEST = 6
NUMBERED = re.compile(r"^(?:(?:\d{1,2}|[A-Z])(?:\.\d{1,2}){0,4})\.?\s+[^\W\d_]")
PART = re.compile(r"^(?:PART|Part)\s+[IVX]+\b", re.ASCII)
ITEM = re.compile(r"^(?:ITEM|Item)\s+\d{1,2}[A-C]?\b\.?")
SENTENCE_END = re.compile(r"[.,;:]$")
ASIDE = re.compile(r"^[(*†]|^see\b", re.IGNORECASE)
WORDY = re.compile(r"[^\W\d_]{2}")

Style = tuple[int, int, int]
"""Size (negative, so that larger sorts first), kind of letters, depth of numbering."""


def body_size(sheets: Iterable[Sheet]) -> float:
    """The size in points that most characters of running text have."""
    sizes: Counter[float] = Counter()
    for sheet in sheets:
        for draft in sheet.drafts:
            if draft.kind != "table":
                sizes[round(draft.size * 2) / 2] += len(draft.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def mark_headings(sheets: list[Sheet]) -> None:
    """Turn drafts of headings into kind "heading" with a level from 1 to 6."""
    body = body_size(sheets)
    letters: Counter[int] = Counter()
    for sheet in sheets:
        for draft in sheet.drafts:
            letters[draft.emphasis] += len(draft.text) if draft.kind != "table" else 0
    telling = {kind for kind in (1, 2) if letters[kind] < COMMON * letters.total()}
    found: list[tuple[int, Draft]] = []
    for sheet in sheets:
        for draft in sheet.drafts:
            if draft.kind in ("paragraph", "list_item") and _is_heading(draft, body, telling):
                found.append((sheet.page, draft))
    levels = _levels(found)
    for _, draft in found:
        draft.kind = "heading"
        draft.level = levels[_style(draft)]


def _is_heading(draft: Draft, body: float, telling: set[int]) -> bool:
    text = draft.text
    words = len(text.split())
    if words > LONGEST or len(draft.lines) > 3 or not WORDY.search(text):
        return False
    if PART.match(text) or ITEM.match(text):
        return words <= 15 or draft.emphasis == 2
    if draft.size >= LARGER * body:
        return not (SENTENCE_END.search(text) and words > 8)
    if draft.size < 0.9 * body or SENTENCE_END.search(text) or text[0].islower():
        return False
    if draft.emphasis in telling:
        return draft.emphasis == 2 or (words <= 12 and not ASIDE.match(text))
    return draft.kind == "paragraph" and words <= 12 and _is_capitals(text)


def _is_capitals(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return len(letters) >= 5 and all(letter.isupper() for letter in letters)


def _style(draft: Draft) -> Style:
    """What orders headings: parts, items, then size, letters (capitals, bold, italic), numbers."""
    text = draft.text
    if PART.match(text):
        return (-2000, 0, 0)
    if ITEM.match(text):
        return (-1000, 0, 0)
    letters = 0 if _is_capitals(text) else 3 - draft.emphasis
    numbering = NUMBERED.match(text)
    depth = numbering[0].count(".") + 1 if numbering else 0
    return (-round(draft.size), letters, depth)


def _levels(found: list[tuple[int, Draft]]) -> dict[Style, int]:
    """A level for each style; styles of one page only (a cover) share those of the others."""
    pages: defaultdict[Style, set[int]] = defaultdict(set)
    for page, draft in found:
        pages[_style(draft)].add(page)
    last = max((page for page, _ in found), default=1)
    lasting = sorted(style for style, on in pages.items() if len(on) > 1 or last <= 4)
    sizes = sorted({style[0] for style in lasting})
    levels: dict[Style, int] = {}
    for style in pages:
        above = sum(size < style[0] for size in sizes)
        beside = sorted(other[1:] for other in lasting if other[0] == style[0])
        inner = sum(other < style[1:] for other in beside)
        levels[style] = min(1 + above + min(inner, 3), DEEPEST)
    return levels
