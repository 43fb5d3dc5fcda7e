"""Tokens for the layout's tests: text typed in a fixed pitch of half its size."""

from __future__ import annotations

from on_prem_rag.ingest.layout.token import Draft, Emphasis, Sheet, Token, bounds


def words(text: str, x: float, y: float, size: float = 10.0, emphasis: Emphasis = 0) -> list[Token]:
    """The words of ``text`` from ``x`` with their tops at ``y``."""
    made = []
    for word in text.split():
        width = len(word) * size / 2
        made.append(Token(word, x, y, x + width, y + 1.1 * size, size, emphasis))
        x += width + size / 2
    return made


def draft(text: str, y: float, size: float = 10.0, emphasis: Emphasis = 0) -> Draft:
    """A paragraph of one line."""
    line = words(text, 50, y, size, emphasis)
    return Draft("paragraph", lines=[line], size=size, emphasis=emphasis, box=bounds(line))


def sheet(page: int, drafts: list[Draft]) -> Sheet:
    """A laid out sheet of US letter size."""
    return Sheet(page, 612, 792, [], drafts=drafts)
