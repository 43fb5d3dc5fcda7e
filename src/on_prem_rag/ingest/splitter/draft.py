"""What the splitter returns, and the pieces it is put together from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

ChunkKind = Literal["text", "table", "note", "code"]
Role = Literal["body", "heading", "introduction"]
"""Headings and introductions (captions, "The steps are:") belong to what follows them."""


class Span(NamedTuple):
    """``text[start:end]`` is words ``first_word:last_word`` of ``page`` joined by single spaces."""

    start: int
    end: int
    page: int
    first_word: int
    last_word: int


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A passage on its way into SQL.

    ``char_start`` and ``char_end`` are offsets in ``document_text(document)``. They, and
    ``page_start`` and ``page_end``, tell where the passage's own content stands: header rows
    repeated from an earlier piece of the same table keep their spans but do not count here.
    ``token_count`` is the sum over sentences and rows, without heading path and special tokens.
    """

    ordinal: int
    kind: ChunkKind
    text: str
    heading_path: tuple[str, ...]
    page_start: int | None
    page_end: int | None
    char_start: int
    char_end: int
    token_count: int
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part that is never cut: a sentence, a heading, a line of code, a row of a table.

    ``start`` is its offset in the document's text, ``gap`` the white space that separates it from
    the piece before it in the same block. ``path`` are the headings it stands under, itself
    included; ``header`` are the rows of a table that must stand above this one, and ``repeated``
    marks them where an earlier chunk has them already.
    """

    text: str
    tokens: int
    spans: tuple[Span, ...]
    kind: ChunkKind
    role: Role
    block: int
    start: int
    gap: str
    page: int | None
    path: tuple[str, ...]
    header: tuple[Piece, ...] = ()
    repeated: bool = False
