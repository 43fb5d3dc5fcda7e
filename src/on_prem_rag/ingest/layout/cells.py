"""Rows that make a table to its cells: columns, header rows, labels that run over two lines."""

from __future__ import annotations

import re
from itertools import groupby

from on_prem_rag.ingest.layout.tables import Row, column_intervals, is_number
from on_prem_rag.ingest.layout.token import Cell, Draft, Segment, Token, bounds

YEAR = re.compile(r"^(?:FY)?(?:19|20)\d\d[A-Z]?$")
Intervals = list[tuple[float, float]]


def build_table(rows: list[Row]) -> Draft:
    """A table draft of ``rows``: cells by column, wrapped labels joined, header rows counted."""
    body = [row for row in rows if row.numbers] or [row for row in rows if len(row.segments) > 1]
    intervals = column_intervals(body)
    lines = [_cells(row, intervals) for row in rows]
    headers = _header_rows(rows, lines)
    top = _join_headers(rows[:headers], lines[:headers], intervals)
    merged = top + _join_wrapped(rows[headers:], lines[headers:])
    box = bounds(segment for row in rows for segment in row.segments)
    return Draft("table", rows=merged, header_rows=len(top), size=body[0].size, box=box)


def _cells(row: Row, intervals: Intervals) -> list[Cell]:
    cells: list[Cell] = [[] for _ in intervals]
    for segment in row.segments:
        cells[_column(segment, intervals)].extend(segment.tokens)
    return cells


def _column(segment: Segment, intervals: Intervals) -> int:
    """The column the segment overlaps most, the first of equals; the nearest when none."""
    best, best_overlap = 0, float("-inf")
    for index, (x0, x1) in enumerate(intervals):
        overlap = min(segment.x1, x1) - max(segment.x0, x0)
        if overlap > best_overlap + 0.5:
            best, best_overlap = index, overlap
    return best


def _header_rows(rows: list[Row], lines: list[list[Cell]]) -> int:
    """How many rows stand above the first row of data and the labels over it."""
    first = 1 if len(rows) > 1 and not any(row.numbers for row in rows) else 0
    for index, (row, cells) in enumerate(zip(rows, lines, strict=True)):
        numbers = [segment for segment in row.segments if is_number(segment)]
        years = sum(bool(YEAR.match(segment.text)) for segment in numbers)
        if cells[0] and row.numbers and years < len(numbers):
            first = index
            break
    while first and len(rows[first - 1].segments) == 1 and lines[first - 1][0]:
        first -= 1
    return first


def _join_headers(
    rows: list[Row], lines: list[list[Cell]], intervals: Intervals
) -> list[list[Cell]]:
    """Header rows: lines of one column put together, those that span columns kept apart."""
    joined: list[list[Cell]] = []
    spanning = [any(_spans(segment, intervals) for segment in row.segments) for row in rows]
    for _, group in groupby(zip(spanning, lines, strict=True), key=lambda pair: pair[0]):
        parts = [cells for _, cells in group]
        joined.append(
            [[token for row in parts for token in row[at]] for at in range(len(parts[0]))]
        )
    return joined


def _spans(segment: Segment, intervals: Intervals) -> bool:
    """Whether a header stands over the middles of two columns or more."""
    middles = [(x0 + x1) / 2 for x0, x1 in intervals]
    return sum(segment.x0 <= middle <= segment.x1 for middle in middles) > 1


def _join_wrapped(rows: list[Row], lines: list[list[Cell]]) -> list[list[Cell]]:
    """Body rows, with a label that runs over two lines put together.

    A label without numbers goes on in the next row when that starts in lower case, or when the
    label broke for want of room: the next row's first word would not have fitted.
    """
    labels = [row.segments[0] for row, cells in zip(rows, lines, strict=True) if cells[0]]
    edge = max((label.x1 for label in labels), default=0.0)
    joined: list[list[Cell]] = []
    above: Row | None = None
    for row, cells in zip(rows, lines, strict=True):
        if above is not None and cells[0] and _goes_on(above, cells[0][0], edge):
            joined[-1] = [upper + lower for upper, lower in zip(joined[-1], cells, strict=True)]
        else:
            joined.append(cells)
        is_label = len(row.segments) == 1 and bool(cells[0])
        above = row if is_label and cells[0][-1].text[-1] not in ":." else None
    return joined


def _goes_on(above: Row, word: Token, edge: float) -> bool:
    return word.text[0].islower() or above.x1 + (word.x1 - word.x0) + 0.3 * word.size > edge
