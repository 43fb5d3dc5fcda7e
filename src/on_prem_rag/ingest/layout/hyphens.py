"""Whether a hyphen at a line's end belongs to the word or only to the line."""

from __future__ import annotations

from collections.abc import Iterable

from on_prem_rag.ingest.layout.token import Sheet, Token

PUNCTUATION = ".,;:!?\"'()[]“”‘’»«"


class Vocabulary:
    """The words a document writes out; decides how halves of a hyphenated word are joined."""

    def __init__(self, tokens: Iterable[Token] = ()) -> None:
        self._words: set[str] = set()
        for token in tokens:
            self._words.add(token.text.strip(PUNCTUATION).casefold())

    def add(self, sheet: Sheet) -> None:
        """Learn the words of a laid out sheet."""
        strip = str.strip
        for draft in sheet.drafts:
            for line in draft.lines:
                self._words.update(strip(token.text, PUNCTUATION).casefold() for token in line)

    def join(self, first: str, second: str) -> str | None:
        """``first`` (with its hyphen) and ``second`` as one word; None when they are two.

        The document's own spelling elsewhere decides; without one the hyphen stays only where
        both halves are words of the document.
        """
        stem = first[:-1]
        if not stem or not stem[-1].isalpha() or not second[:1].isalpha():
            return None
        left, right = stem.strip(PUNCTUATION).casefold(), second.strip(PUNCTUATION).casefold()
        if left + right in self._words:
            return stem + second
        if f"{left}-{right}" in self._words or not second[0].islower():
            return first + second
        if left in self._words and right in self._words:
            return first + second
        return stem + second
