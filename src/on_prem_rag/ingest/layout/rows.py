"""Words to rows, and rows to segments: stretches of words that belong together."""

from __future__ import annotations

import re

from on_prem_rag.ingest.layout.token import Segment, Token, segment_of

SAME_ROW = 0.45
"""Of the smaller height: how far apart the middles of two words of one row may be."""
WIDE_GAP = 0.95
NUMBER_GAP = 0.45
"""Of the size: a wider gap ends a segment (between two numbers)."""
REACH = 16.0
"""Of the size: how far a currency sign may stand from its number."""
LEADER = re.compile(r"^[.…_·]+$")
CURRENCY = re.compile(r"^\(?(?:US|C|A|HK)?[$€£¥₹]\(?$|^\($")
CLOSING = re.compile(r"^[)%]{1,2}$")
AMOUNT = re.compile(
    r"^\(?[-–—−+]?[$€£¥]?\(?\.?\d[\d,.]*[%x]?\)?[%†*]?$|^\(?[$€£¥]?[-–—−]{1,3}\)?%?$"
)
MARKER = re.compile(
    r"^(?:[•●▪■◦‣○–—\-*·❖➢✓\uf0b7\uf0a7]|\(?[0-9]{1,3}[.)]|\(?[a-zA-Z][.)]|\(?[ivxIVX]{1,5}[.)])$"
)


def rows_of(tokens: list[Token]) -> list[list[Token]]:
    """Words grouped by the line they stand on, top to bottom, each row left to right."""
    ordered = sorted(tokens, key=lambda token: token.y0 + token.y1)
    rows: list[list[Token]] = []
    row: list[Token] = []
    middle = height = 0.0
    for token in ordered:
        own_height = token.y1 - token.y0
        own_middle = (token.y0 + token.y1) / 2
        if row and own_middle - middle <= SAME_ROW * min(height, own_height or height):
            row.append(token)
            continue
        row = [token]
        rows.append(row)
        middle, height = own_middle, own_height
    for row in rows:
        row.sort(key=lambda token: token.x0)
    return rows


def segments_of(row: list[Token], wide_gap: float = WIDE_GAP) -> list[Segment]:
    """The segments of one row, parted by gaps wider than ``wide_gap`` times the size.

    Currency signs and closing brackets are joined to their numbers.
    """
    segments: list[Segment] = []
    current: list[Token] = []
    for token in join_amounts(row):
        if current and _is_break(current, token, wide_gap, first=not segments):
            segments.append(segment_of(current))
            current = []
        current.append(token)
    if current:
        segments.append(segment_of(current))
    return segments


def _is_break(current: list[Token], token: Token, wide_gap: float, *, first: bool) -> bool:
    last = current[-1]
    gap = token.x0 - last.x1
    size = max(last.size, token.size)
    if gap <= NUMBER_GAP * size:
        return gap < -4 * size
    if first and len(current) == 1 and MARKER.match(last.text) and gap < 5 * size:
        return False
    if gap > wide_gap * size:
        return True
    return bool(AMOUNT.match(last.text) and AMOUNT.match(token.text))


def join_amounts(row: list[Token]) -> list[Token]:
    """``row`` with "$" "1,234" and "(1,234" ")" as one word each."""
    if not any(CURRENCY.match(token.text) or CLOSING.match(token.text) for token in row):
        return row
    joined: list[Token] = []
    for token in row:
        last = joined[-1] if joined else None
        if last is not None and _joins(last, token):
            joined[-1] = _union(last, token)
        else:
            joined.append(token)
    return joined


def _joins(last: Token, token: Token) -> bool:
    gap = token.x0 - last.x1
    if CURRENCY.match(last.text):
        return gap < REACH * token.size and bool(AMOUNT.match(token.text))
    if CLOSING.match(token.text):
        return gap < 1.5 * token.size and bool(AMOUNT.match(last.text))
    return False


def _union(first: Token, second: Token) -> Token:
    return Token(
        first.text + second.text,
        first.x0,
        min(first.y0, second.y0),
        second.x1,
        max(first.y1, second.y1),
        max(first.size, second.size),
        min(first.emphasis, second.emphasis),
    )


def is_leader(token: Token) -> bool:
    """Whether the word is only dots or underscores leading the eye."""
    return len(token.text) >= 1 and LEADER.match(token.text) is not None


def without_leaders(row: list[Token]) -> tuple[list[Token], list[Token]]:
    """``row`` without its dot leaders, and those; a lone full stop is not a leader."""
    if not any(is_leader(token) for token in row):
        return row, []
    kept: list[Token] = []
    leaders: list[Token] = []
    for index, token in enumerate(row):
        neighbours = row[max(index - 1, 0) : index] + row[index + 1 : index + 2]
        if is_leader(token) and (len(token.text) > 2 or any(map(is_leader, neighbours))):
            leaders.append(token)
        else:
            kept.append(token)
    return kept, leaders
