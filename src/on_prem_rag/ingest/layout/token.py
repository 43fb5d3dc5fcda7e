"""The layout's own words, rows and drafts of blocks, before they become parsed.Word and Block."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from on_prem_rag.ingest.parsed import BlockKind, Box

Turn = Literal[0, 90, 180, 270]
Emphasis = Literal[0, 1, 2]
"""Plain, italic, bold."""
NOWHERE = Box(0.0, 0.0, 0.0, 0.0)


@dataclass(slots=True, eq=False)
class Token:
    """A word as laid out: upright coordinates in points, origin top left, ``size`` in points.

    ``hyphen`` says that the text lost a hyphen at the end of its line.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    emphasis: Emphasis = 0
    hyphen: bool = False


class Rule(NamedTuple):
    """A drawn horizontal or vertical line (or the side of a drawn rectangle)."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(slots=True, eq=False)
class Segment:
    """Tokens of one row that stand close together, left to right."""

    tokens: list[Token]
    x0: float
    y0: float
    x1: float
    y1: float
    table: Draft | None = None

    @property
    def text(self) -> str:
        """The words joined by spaces."""
        return " ".join(token.text for token in self.tokens)


Cell = list[Token]


@dataclass(slots=True, eq=False)
class Draft:
    """A block whose words are not yet numbered.

    ``lines`` hold its words line by line; a table has ``rows`` of cells instead. ``size`` and
    ``emphasis`` describe most of its characters.
    """

    kind: BlockKind
    lines: list[Sequence[Token]] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)
    header_rows: int = 0
    level: int = 0
    size: float = 0.0
    emphasis: Emphasis = 0
    box: Box = NOWHERE

    @property
    def text(self) -> str:
        """The words of all lines, or of all cells, joined by spaces."""
        lines = self.lines or [cell for row in self.rows for cell in row]
        return " ".join(token.text for line in lines for token in line)


@dataclass(slots=True, eq=False)
class Sheet:
    """The words of one page that share a direction of writing, turned upright.

    ``turn`` is by how many degrees clockwise the page was turned to make them upright; ``width``
    and ``height`` are those of the turned page.
    """

    page: int
    width: float
    height: float
    tokens: list[Token]
    turn: Turn = 0
    drafts: list[Draft] = field(default_factory=list)
    margin: list[Token] = field(default_factory=list)


def bounds(items: Iterable[Token | Segment]) -> Box:
    """The smallest box around all ``items`` (at least one)."""
    x0s, y0s, x1s, y1s = zip(*((item.x0, item.y0, item.x1, item.y1) for item in items), strict=True)
    return Box(min(x0s), min(y0s), max(x1s), max(y1s))


def segment_of(tokens: list[Token]) -> Segment:
    """A segment around ``tokens``, which stand left to right."""
    box = bounds(tokens)
    return Segment(tokens, *box)
