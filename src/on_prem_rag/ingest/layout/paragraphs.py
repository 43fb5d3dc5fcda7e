"""Lines of one column to paragraphs, list items and captions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from on_prem_rag.ingest.layout.direction import logical_order
from on_prem_rag.ingest.layout.rows import MARKER
from on_prem_rag.ingest.layout.tables import Row
from on_prem_rag.ingest.layout.token import Draft, Emphasis, Token, bounds
from on_prem_rag.ingest.parsed import BlockKind

CAPTION = re.compile(
    r"^(?:figure|fig\.|table|chart|abbildung|abb\.|tabelle|tableau)\s*[A-Z]?\d+(?:[.\-]\d+)*\b",
    re.IGNORECASE,
)
LONGEST_CAPTION = 60
ENDS_SENTENCE = re.compile(r"[.:;?!。؟][\"”’')\]]*$")


@dataclass(slots=True, eq=False)
class Line:
    """A row's words in logical order with what decides about paragraph breaks."""

    tokens: list[Token]
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    emphasis: Emphasis
    marked: bool


def line_of(row: Row) -> Line:
    """The line of a row that is not part of a table."""
    tokens = [token for segment in row.segments for token in segment.tokens]
    weights: dict[float, int] = {}
    emphasis: dict[Emphasis, int] = {}
    total = 0
    for token in tokens:
        length = len(token.text)
        total += length
        emphasis[token.emphasis] = emphasis.get(token.emphasis, 0) + length
        weights[token.size] = weights.get(token.size, 0) + length
    size = max(weights, key=lambda key: weights[key])
    main = max(emphasis, key=lambda key: emphasis[key])
    if emphasis[main] < 0.7 * total:
        main = 0
    marked = len(tokens) > 1 and MARKER.match(tokens[0].text) is not None
    return Line(logical_order(tokens), row.x0, row.y0, row.x1, row.y1, size, main, marked)


def paragraphs(rows: list[Row]) -> list[Draft]:
    """Drafts of the paragraphs, list items and captions in ``rows`` of one column."""
    lines = [line_of(row) for row in rows]
    if not lines:
        return []
    gaps = [
        later.y0 - line.y1
        for line, later in pairwise(lines)
        if later.y0 > line.y0 and abs(later.size - line.size) < 0.5
    ]
    size = median(line.size for line in lines)
    usual = min(median(gaps), 0.9 * size) if gaps else 0.3 * size
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    groups = [[lines[0]]]
    for line in lines[1:]:
        if _starts_paragraph(groups[-1], line, usual, left, right):
            groups.append([line])
        else:
            groups[-1].append(line)
    return [_draft(group) for group in groups]


def _starts_paragraph(
    group: list[Line], line: Line, usual: float, left: float, right: float
) -> bool:
    last = group[-1]
    size = max(line.size, last.size)
    if line.marked or line.y0 - last.y1 > usual + 0.35 * size or line.y1 < last.y0:
        return True
    if abs(line.size - last.size) > 0.08 * size or _is_restyled(last, line, right):
        return True
    if line.emphasis and _would_have_fit(last, line, right):
        return True
    return _breaks_by_edges(group, line, left, right)


def _breaks_by_edges(group: list[Line], line: Line, left: float, right: float) -> bool:
    """Whether indents or a short last line part ``line`` from the paragraph ``group``."""
    last, first, size = group[-1], group[0], line.size
    if first.marked:
        return line.x0 < first.x0 - size or (line.x0 < first.x0 + 0.5 * size and _ends(last, right))
    if line.x0 > last.x0 + size and len(group) > 1:
        return _is_left_aligned(group)
    if _ends(last, right) and last.x1 < right - 0.15 * (right - left):
        return True
    return line.x0 < last.x0 - size and len(group) > 1 and _is_left_aligned(group[1:])


def _is_restyled(last: Line, line: Line, right: float) -> bool:
    """Whether weight or slant change between paragraphs: italics within one fill whole lines."""
    if line.emphasis == last.emphasis:
        return False
    return 2 in (line.emphasis, last.emphasis) or last.x1 < right - 2 * last.size


def _would_have_fit(last: Line, line: Line, right: float) -> bool:
    """Whether the break before ``line`` was meant: its first word had room on the line above."""
    needed = line.tokens[0].x1 - line.tokens[0].x0 + line.size
    return abs(line.x0 - last.x0) < line.size and last.x1 + needed < right - line.size


def _ends(line: Line, right: float) -> bool:
    short = line.x1 < right - 2 * line.size
    return short and ENDS_SENTENCE.search(line.tokens[-1].text) is not None


def _is_left_aligned(group: list[Line]) -> bool:
    """Whether all lines but the first start at the same place (centred ones do not)."""
    edges = [line.x0 for line in group[1:]] or [group[0].x0]
    return max(edges) - min(edges) < 0.5 * group[0].size


def _draft(group: list[Line]) -> Draft:
    draft = Draft("paragraph", lines=[line.tokens for line in group])
    draft.kind = _kind(group, draft.text)
    draft.size = group[0].size
    draft.emphasis = min(line.emphasis for line in group)
    draft.box = bounds(token for line in group for token in line.tokens)
    return draft


def _kind(group: list[Line], text: str) -> BlockKind:
    if group[0].marked:
        return "list_item"
    if CAPTION.match(text) and len(text.split()) <= LONGEST_CAPTION:
        return "caption"
    return "paragraph"
