"""Which paragraphs are headings, and how deep, from sizes and weights over the whole document."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from on_prem_rag.ingest.layout.token import Draft, Sheet

LONGEST = 25
LARGER = 1.12
"""Times the size of body text: from here on a short paragraph is a heading by size alone."""
NUMBERED = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+\S")
PART = re.compile(r"^(?:PART|Part)\s+[IVX]+\b", re.ASCII)
ITEM = re.compile(r"^(?:ITEM|Item)\s+\d{1,2}[A-C]?\b\.?")
SENTENCE_END = re.compile(r"[.,;]$")
WORDY = re.compile(r"[^\W\d_]{2}")


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
    bold = sum(len(d.text) for s in sheets for d in s.drafts if d.bold and d.kind != "table")
    total = sum(len(d.text) for s in sheets for d in s.drafts if d.kind != "table")
    weight_tells = bold < 0.4 * total
    found: list[Draft] = []
    for sheet in sheets:
        for draft in sheet.drafts:
            if draft.kind in ("paragraph", "list_item") and _is_heading(draft, body, weight_tells):
                found.append(draft)
    levels = _levels(found)
    for draft in found:
        draft.kind = "heading"
        draft.level = levels[_style(draft)]


def _is_heading(draft: Draft, body: float, weight_tells: bool) -> bool:
    text = draft.text
    words = len(text.split())
    if words > LONGEST or len(draft.lines) > 3 or not WORDY.search(text):
        return False
    if PART.match(text) or ITEM.match(text):
        return words <= 15 or draft.bold
    if draft.size >= LARGER * body:
        return not (SENTENCE_END.search(text) and words > 8)
    if draft.size < 0.9 * body or SENTENCE_END.search(text):
        return False
    if draft.bold and weight_tells:
        return True
    return draft.kind == "paragraph" and words <= 12 and _is_capitals(text)


def _is_capitals(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return len(letters) >= 5 and all(letter.isupper() for letter in letters)


def _style(draft: Draft) -> tuple[float, int, int]:
    """What orders headings: size first, then parts and items, capitals, numbering."""
    text = draft.text
    rank = 3
    if PART.match(text):
        rank = 0
    elif ITEM.match(text):
        rank = 1
    elif _is_capitals(text):
        rank = 2
    numbering = NUMBERED.match(text)
    depth = numbering[1].count(".") + 1 if numbering else 0
    if rank < 2:
        return (-1000.0, rank, 0)
    return (-round(draft.size), rank, depth)


def _levels(found: list[Draft]) -> dict[tuple[float, int, int], int]:
    styles = sorted({_style(draft) for draft in found})
    return {style: min(position, 6) for position, style in enumerate(styles, 1)}
