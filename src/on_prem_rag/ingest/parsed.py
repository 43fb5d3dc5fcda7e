"""What a converter returns: a document as pages of words and as blocks in reading order.

The tie between the two is exact. ``Run`` says that ``text[start:end]`` of a block or table cell is
the words ``first:last`` of a page joined by single spaces, so any piece of text that is cut at
spaces maps to word boxes without guessing.

Coordinates are PDF points with the origin in the page's top left corner; page numbers start at 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

BlockKind = Literal["heading", "paragraph", "list_item", "table", "code", "caption", "note"]


class Box(NamedTuple):
    """A rectangle on a page: left, top, right, bottom in points."""

    x0: float
    y0: float
    x1: float
    y1: float


class Word(NamedTuple):
    """A run of characters without white space.

    ``rest`` is the box of the second half when the word was hyphenated over a line break and
    joined again ("infor-" + "mation" becomes "information").
    """

    text: str
    box: Box
    rest: Box | None = None


class Run(NamedTuple):
    """``text[start:end]`` is words ``first:last`` (half-open) of page ``page`` joined by spaces."""

    start: int
    end: int
    page: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Text:
    """A string and where on the pages its words stand; ``runs`` is empty without page boxes."""

    value: str
    runs: tuple[Run, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of content in reading order.

    ``level`` is the depth of a heading (1 is the highest). A table has ``rows`` (its first
    ``header_rows`` are repeated when it is split) and an empty ``text``. ``page`` is the page,
    slide or sheet the block starts on, None where the format has no such thing.
    """

    kind: BlockKind
    text: Text = Text("")
    level: int = 0
    rows: tuple[tuple[Text, ...], ...] = ()
    header_rows: int = 0
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its size in points and every word on it, headers and footers included."""

    number: int
    width: float
    height: float
    words: tuple[Word, ...] = ()
    ocr: Literal["none", "done", "needed"] = "none"


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A whole file. ``warnings`` are in plain words for the person who uploaded it.

    ``created`` is the document's own date where the format carries one (UTC, aware).
    """

    media_type: str
    blocks: tuple[Block, ...]
    pages: tuple[Page, ...] = ()
    title: str | None = None
    author: str | None = None
    created: datetime | None = None
    warnings: tuple[str, ...] = field(default=())
