"""Where tables without drawn lines are: rows of numbers, and rows of aligned short cells."""

from __future__ import annotations

import re
from dataclasses import dataclass

from on_prem_rag.ingest.layout.columns import is_prose
from on_prem_rag.ingest.layout.rows import AMOUNT, MARKER
from on_prem_rag.ingest.layout.token import Segment, bounds

LABEL_ROWS = 4
"""So many rows without a number may stand between two rows with one."""
ROW_GAP = 2.6
"""Of the size: a wider gap between two rows ends a table."""
HEADER_REACH = 9
HEADER_WORDS = 40
LABEL_WORDS = 10
PLACEHOLDER = re.compile(r"^(?:N/?A|n/?a|NM|nm|N/?M|\*+|[—–-]+|None)$")


@dataclass(slots=True, eq=False)
class Row:
    """The segments of one line of a region."""

    segments: list[Segment]
    y0: float
    y1: float
    size: float
    numbers: int = 0

    @property
    def x0(self) -> float:
        """The left edge."""
        return self.segments[0].x0

    @property
    def x1(self) -> float:
        """The right edge."""
        return max(segment.x1 for segment in self.segments)


def row_of(segments: list[Segment]) -> Row:
    """The row of ``segments`` (at least one), left to right, its numeric cells counted."""
    box = bounds(segments)
    first = segments[0].tokens[0]
    numbers = sum(map(is_number, segments)) if len(segments) > 1 else 0
    return Row(segments, box.y0, box.y1, first.size, numbers)


def is_number(segment: Segment) -> bool:
    """Whether the cell is an amount, a percentage, a year, a dash or "N/A"."""
    tokens = segment.tokens
    if len(tokens) == 1:
        text = tokens[0].text
        return bool(AMOUNT.match(text) or PLACEHOLDER.match(text))
    return len(tokens) <= 3 and all(
        AMOUNT.match(token.text) or len(token.text) <= 2 for token in tokens
    )


def find_tables(rows: list[Row]) -> list[tuple[int, int]]:
    """Half-open ranges of ``rows`` that are tables, headers included, top to bottom."""
    found: list[tuple[int, int]] = []
    index = 0
    while index < len(rows):
        if not _is_tabular(rows, index):
            index += 1
            continue
        end = _table_end(rows, index)
        body = [row for row in rows[index:end] if len(row.segments) > 1]
        if len(body) >= 2 and _is_aligned(body):
            floor = found[-1][1] if found else 0
            found.append((_table_start(rows, index, floor, body), end))
        index = end
    return found


def _is_tabular(rows: list[Row], index: int) -> bool:
    """A row with a number beside other cells, or one of several rows of aligned short cells."""
    row = rows[index]
    if len(row.segments) < 2 or _is_marked(row):
        return False
    if row.numbers and (row.numbers > 1 or not is_number(row.segments[0])):
        return True
    neighbours = rows[max(index - 1, 0) : index] + rows[index + 1 : index + 2]
    return any(_share_edges(row, other) for other in neighbours)


def _is_marked(row: Row) -> bool:
    return len(row.segments) == 2 and MARKER.match(row.segments[0].text) is not None


def _share_edges(row: Row, other: Row) -> bool:
    """Whether two rows of several cells start at least two of them at the same places."""
    if len(other.segments) < 2 or _is_marked(other) or abs(other.y0 - row.y0) > 4 * row.size:
        return False
    shared = sum(
        any(abs(mine.x0 - theirs.x0) <= 2.5 for theirs in other.segments) for mine in row.segments
    )
    return shared >= 2


def _table_end(rows: list[Row], start: int) -> int:
    """One past the last tabular row reachable from ``start`` over a few label rows."""
    end = start + 1
    index = start + 1
    left = min(row.x0 for row in rows[start:end])
    while index < len(rows) and index - end <= LABEL_ROWS:
        row = rows[index]
        if row.y0 - rows[index - 1].y1 > ROW_GAP * row.size:
            break
        if _is_tabular(rows, index):
            end = index + 1
            left = min(left, row.x0)
        elif not _is_label(row, rows[start]):
            break
        index += 1
    return end


def _is_label(row: Row, sample: Row) -> bool:
    """Whether a row without numbers is a label or a subheading inside the table of ``sample``."""
    if len(row.segments) > 1:
        return not any(is_prose(segment) for segment in row.segments[1:])
    segment = row.segments[0]
    first_number = next((cell.x0 for cell in sample.segments[1:]), sample.x1)
    return segment.x1 <= first_number + row.size or len(segment.tokens) <= 8


def _is_aligned(body: list[Row]) -> bool:
    """Whether most cells after a row's first stand under one another."""
    intervals = column_intervals(body)
    if len(intervals) < 2:
        return False
    cells = [segment for row in body for segment in row.segments]
    prose = sum(is_prose(segment) for row in body for segment in row.segments[1:])
    return prose <= 0.34 * len(cells)


def _table_start(rows: list[Row], first: int, floor: int, body: list[Row]) -> int:
    """The first row of the table whose first row of data is ``first``.

    Upwards come column headers, which stand over the columns of numbers, and labels of the rows
    below; labels only count with a header above them or when their sentence goes on below.
    """
    numbers = min(row.segments[1].x0 for row in body) - 2 * body[0].size
    left, right = min(row.x0 for row in body), max(row.x1 for row in body)
    start = first
    if _starts_lower(rows[first]) and first > floor and _is_left(rows[first - 1], numbers):
        start = first - 1
    labels = 0
    for index in range(start - 1, max(floor, first - HEADER_REACH) - 1, -1):
        row = rows[index]
        if rows[index + 1].y0 - row.y1 > ROW_GAP * row.size:
            break
        if _is_header(row, numbers, left, right):
            start, labels = index, 0
            continue
        labels += 1
        is_label = _is_left(row, numbers) and len(row.segments[0].tokens) <= LABEL_WORDS
        if not is_label or (labels > 1 and start < first):
            break
    return start


def _starts_lower(row: Row) -> bool:
    return row.segments[0].tokens[0].text[0].islower()


def _is_left(row: Row, numbers: float) -> bool:
    """Whether the row is one segment that ends before the columns of numbers start."""
    return len(row.segments) == 1 and row.x1 <= numbers + 3 * row.size


def _is_header(row: Row, numbers: float, left: float, right: float) -> bool:
    """Whether the row's cells, but for one at the left edge, stand over the columns of numbers."""
    over = [s for s in row.segments if (s.x0 + s.x1) / 2 > numbers]
    others = len(row.segments) - len(over)
    if not over or others > 1 or sum(len(s.tokens) for s in row.segments) > HEADER_WORDS:
        return False
    if len(row.segments) == 1:
        middle = (over[0].x0 + over[0].x1) / 2
        centred = abs(middle - (left + right) / 2) < 0.04 * (right - left)
        return over[0].x0 > numbers - 0.15 * (right - left) and not (
            centred and abs((numbers + right) / 2 - middle) > 0.04 * (right - left)
        )
    return True


def column_intervals(body: list[Row]) -> list[tuple[float, float]]:
    """The columns' left and right edges: cells that overlap sideways share one.

    Narrow cells go first; a wide one that would tie two established columns together spans them
    and is left out.
    """
    cells = sorted(
        (segment for row in body for segment in row.segments), key=lambda cell: cell.x1 - cell.x0
    )
    columns: list[list[float]] = []
    for cell in cells:
        touched = [column for column in columns if cell.x0 < column[1] and cell.x1 > column[0]]
        if len(touched) > 1 and sum(column[2] >= 2 for column in touched) > 1:
            continue
        x0 = min([cell.x0, *(column[0] for column in touched)])
        x1 = max([cell.x1, *(column[1] for column in touched)])
        support = 1 + sum(column[2] for column in touched)
        columns = [column for column in columns if column not in touched]
        columns.append([x0, x1, support])
    return sorted((x0, x1) for x0, x1, _ in columns)
