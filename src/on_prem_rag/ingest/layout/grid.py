"""Tables whose cells are drawn: lines that cross make a grid, words go where they stand."""

from __future__ import annotations

from collections.abc import Sequence

from on_prem_rag.ingest.layout.rows import AMOUNT
from on_prem_rag.ingest.layout.token import Cell, Draft, Rule, Segment, Token, bounds

TOUCH = 3.0
"""Points: lines this close touch, and edges this close are one."""
FEWEST_LINES = 3
MOST_RULES = 1500
LEAST_FILLED = 0.4


def take_grids(segments: list[Segment], rules: Sequence[Rule]) -> list[Segment]:
    """``segments`` with those inside a drawn grid replaced by one segment that carries a table."""
    for group in _connected(rules[:MOST_RULES]):
        sides = [x for rule in group for x in ((rule.x0,) if rule.x0 == rule.x1 else rule[::2])]
        columns = _edges(sides)
        lines = _edges([rule.y0 for rule in group if rule.y0 == rule.y1])
        if len(columns) < FEWEST_LINES or len(lines) < FEWEST_LINES:
            continue
        inside = [segment for segment in segments if _is_inside(segment, columns, lines)]
        draft = _draft(inside, columns, lines, group)
        if draft is None:
            continue
        taken = {id(segment) for segment in inside}
        box = draft.box
        carrier = Segment([inside[0].tokens[0]], box.x0, box.y0, box.x1, box.y1, draft)
        kept = [segment for segment in segments if id(segment) not in taken]
        at = next((i for i, segment in enumerate(kept) if segment.y0 > box.y0), len(kept))
        segments = [*kept[:at], carrier, *kept[at:]]
    return segments


def _connected(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Groups of lines that touch one another."""
    groups: list[list[Rule]] = []
    boxes: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: (rule.y0, rule.x0)):
        group, box = [rule], rule
        touching = [at for at, other in enumerate(boxes) if _touch(box, other, groups[at])]
        for at in reversed(touching):
            group += groups.pop(at)
            other = boxes.pop(at)
            box = Rule(
                min(box.x0, other.x0),
                min(box.y0, other.y0),
                max(box.x1, other.x1),
                max(box.y1, other.y1),
            )
        groups.append(group)
        boxes.append(box)
    return [group for group in groups if len(group) >= 2 * FEWEST_LINES]


def _touch(rule: Rule, box: Rule, group: list[Rule]) -> bool:
    return _near(rule, box) and any(_near(rule, other) for other in group)


def _near(one: Rule, other: Rule) -> bool:
    return (
        one.x0 <= other.x1 + TOUCH
        and other.x0 <= one.x1 + TOUCH
        and one.y0 <= other.y1 + TOUCH
        and other.y0 <= one.y1 + TOUCH
    )


def _edges(values: list[float]) -> list[float]:
    """``values`` sorted, those within ``TOUCH`` of one another as one."""
    edges: list[float] = []
    for value in sorted(values):
        if not edges or value - edges[-1] > TOUCH:
            edges.append(value)
    return edges


def _is_inside(segment: Segment, columns: list[float], lines: list[float]) -> bool:
    across, along = (segment.x0 + segment.x1) / 2, (segment.y0 + segment.y1) / 2
    within = columns[0] - TOUCH < across < columns[-1] + TOUCH
    return segment.table is None and within and lines[0] - TOUCH < along < lines[-1] + TOUCH


def _draft(
    inside: list[Segment], columns: list[float], lines: list[float], rules: list[Rule]
) -> Draft | None:
    """The table of the words ``inside`` the grid, None when it is a frame or a drawing."""
    walls = [rule for rule in rules if rule.x0 == rule.x1]
    rows: list[list[Cell]] = [[[] for _ in columns[1:]] for _ in lines[1:]]
    for segment in inside:
        line = _slot((segment.y0 + segment.y1) / 2, lines)
        column = _slot(_middle(segment.tokens[0]), columns)
        for token in segment.tokens:
            new = _slot(_middle(token), columns)
            if new > column and _is_walled(columns[new], token, walls):
                column = new
            rows[line][column].append(token)
    rows = [part for row in rows for part in _by_line(row)]
    used = [at for at in range(len(columns) - 1) if any(row[at] for row in rows)]
    kept = [[row[at] for at in used] for row in rows if any(row)]
    filled = sum(bool(cell) for row in kept for cell in row)
    if len(kept) < 2 or len(used) < 2 or filled < LEAST_FILLED * len(kept) * len(used):
        return None
    first = kept[0]
    header = all(first[1:]) and not any(AMOUNT.match(cell[0].text) for cell in first[1:])
    size = inside[0].tokens[0].size
    return Draft("table", rows=kept, header_rows=int(header), size=size, box=bounds(inside))


def _by_line(row: list[Cell]) -> list[list[Cell]]:
    """A row whose cells hold as many lines as one another is as many rows, drawn without lines."""
    heights = [sorted({round((t.y0 + t.y1) / 4) for t in cell}) for cell in row if cell]
    if len(heights) < 2 or len(heights[0]) < 2 or any(h != heights[0] for h in heights[1:]):
        return [row]
    return [
        [[t for t in cell if round((t.y0 + t.y1) / 4) == height] for cell in row]
        for height in heights[0]
    ]


def _middle(token: Token) -> float:
    return (token.x0 + token.x1) / 2


def _slot(value: float, edges: list[float]) -> int:
    """Between which two edges ``value`` lies."""
    inner = edges[1:-1]
    return sum(edge <= value for edge in inner)


def _is_walled(edge: float, token: Token, walls: list[Rule]) -> bool:
    """Whether a line is drawn at ``edge`` beside the token, or its cell was merged away."""
    height = (token.y0 + token.y1) / 2
    return any(
        abs(wall.x0 - edge) <= TOUCH and wall.y0 - TOUCH <= height <= wall.y1 + TOUCH
        for wall in walls
    )
