"""Reading order: a recursive cut of the page into bands and columns of running text.

An XY-cut in which only running text makes a column: cells of a table never do, so that a table's
rows stay together.
"""

from __future__ import annotations

from itertools import pairwise

from on_prem_rag.ingest.layout.token import Segment

PROSE_WORDS = 3
PROSE_WIDTH = 8.0
"""Of the size: a segment this wide with this many words is a line of running text."""
FEWEST_LINES = 3
FEWEST_SHARED = 3.0
"""Of the size: both columns must run beside each other for this height."""
DEEPEST = 6
OVERHANG = 8.0
"""Points: a hanging quotation mark or a ragged end may reach this far into the gutter."""
ALIGNED = 3.0
"""Points: left edges this close start the same column."""


def reading_order(segments: list[Segment], depth: int = 0) -> list[list[Segment]]:
    """``segments`` split into regions of one column each, in the order in which they are read."""
    if len(segments) < 2 * FEWEST_LINES or depth > DEEPEST:
        return [segments] if segments else []
    for edge in _column_edges(segments):
        band = _best_band(segments, edge)
        if band is None:
            continue
        above, left, right, below = _split(segments, edge, *band)
        regions: list[list[Segment]] = []
        for part in (above, left, right, below):
            regions += reading_order(part, depth + 1)
        return regions
    return [segments]


def is_prose(segment: Segment) -> bool:
    """Whether the segment is a line of running text and not a cell or a number."""
    if segment.table is not None or len(segment.tokens) < PROSE_WORDS:
        return False
    if segment.x1 - segment.x0 < PROSE_WIDTH * segment.tokens[0].size:
        return False
    letters = sum(token.text[0].isalpha() for token in segment.tokens)
    return letters >= 0.6 * len(segment.tokens)


def _column_edges(segments: list[Segment]) -> list[float]:
    """Left edges that several lines of running text share, the best supported first."""
    edges = sorted(segment.x0 for segment in segments if is_prose(segment))
    groups: list[list[float]] = []
    for edge in edges:
        if groups and edge - groups[-1][-1] <= ALIGNED:
            groups[-1].append(edge)
        else:
            groups.append([edge])
    kept = [group for group in groups if len(group) >= FEWEST_LINES]
    leftmost = min((segment.x0 for segment in segments), default=0.0)
    kept = [group for group in kept if group[0] > leftmost + 20]
    return [group[0] - 1.0 for group in sorted(kept, key=len, reverse=True)[:4]]


def _best_band(segments: list[Segment], edge: float) -> tuple[float, float] | None:
    """The tallest stretch (top, bottom) in which no segment crosses ``edge`` and both sides read.

    None when there is no such stretch.
    """
    crossing = sorted(
        (segment.y0, segment.y1)
        for segment in segments
        if segment.x0 + OVERHANG < edge < segment.x1 - OVERHANG
    )
    stops = [(float("-inf"), float("-inf")), *crossing, (float("inf"), float("inf"))]
    best: tuple[float, float] | None = None
    tallest = 0.0
    for (_, top), (bottom, _) in pairwise(stops):
        shared = _shared_height(segments, edge, top, bottom)
        if shared > tallest:
            tallest, best = shared, (top, bottom)
    return best


def _shared_height(segments: list[Segment], edge: float, top: float, bottom: float) -> float:
    """For how many points prose runs on both sides of ``edge`` between ``top`` and ``bottom``."""
    left: list[Segment] = []
    right: list[Segment] = []
    others = 0
    for segment in segments:
        middle = (segment.y0 + segment.y1) / 2
        if not top < middle < bottom:
            continue
        if is_prose(segment):
            (left if segment.x0 + OVERHANG < edge else right).append(segment)
        else:
            others += 1
    if min(len(left), len(right)) < FEWEST_LINES or others > 1.5 * (len(left) + len(right)):
        return 0.0
    shared = min(left[-1].y1, right[-1].y1) - max(left[0].y0, right[0].y0)
    return shared if shared >= FEWEST_SHARED * left[0].tokens[0].size else 0.0


def _split(
    segments: list[Segment], edge: float, top: float, bottom: float
) -> tuple[list[Segment], list[Segment], list[Segment], list[Segment]]:
    above: list[Segment] = []
    left: list[Segment] = []
    right: list[Segment] = []
    below: list[Segment] = []
    for segment in segments:
        middle = (segment.y0 + segment.y1) / 2
        if middle <= top:
            above.append(segment)
        elif middle >= bottom:
            below.append(segment)
        elif segment.x0 + OVERHANG < edge:
            left.append(segment)
        else:
            right.append(segment)
    return above, left, right, below
