"""Drafts to the final blocks and pages: words numbered in reading order, runs that fit exactly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from on_prem_rag.ingest.layout.hyphens import Vocabulary
from on_prem_rag.ingest.layout.token import Draft, Sheet, Token, Turn
from on_prem_rag.ingest.parsed import Block, Box, Run, Text, Word


@dataclass(slots=True)
class PageWords:
    """The words of one page as they are numbered; ``width`` and ``height`` as the page is shown."""

    number: int
    width: float
    height: float
    words: list[Word] = field(default_factory=list)

    def text(self, lines: Iterable[Sequence[Token]], turn: Turn, vocabulary: Vocabulary) -> Text:
        """Number the words of ``lines`` and give their text with its one run.

        A word that was hyphenated at the end of a line is joined with the next line's first.
        """
        first = len(self.words)
        parts: list[str] = []
        open_hyphen = False
        for line in lines:
            for position, token in enumerate(line):
                box = self.place(token, turn)
                joined = None
                if open_hyphen and position == 0:
                    joined = vocabulary.join(parts[-1], token.text)
                if joined is None:
                    self.words.append(Word(token.text, box))
                    parts.append(token.text)
                else:
                    self.words[-1] = Word(joined, self.words[-1].box, box)
                    parts[-1] = joined
                open_hyphen = False
            open_hyphen = bool(line) and parts[-1].endswith("-") and self.words[-1].rest is None
        if not parts:
            return Text("")
        value = " ".join(parts)
        return Text(value, (Run(0, len(value), self.number, first, len(self.words)),))

    def place(self, token: Token, turn: Turn) -> Box:
        """The token's box on the page as shown."""
        x0, y0, x1, y1 = token.x0, token.y0, token.x1, token.y1
        if turn == 90:
            return Box(y0, self.height - x1, y1, self.height - x0)
        if turn == 180:
            return Box(self.width - x1, self.height - y1, self.width - x0, self.height - y0)
        if turn == 270:
            return Box(self.width - y1, x0, self.width - y0, x1)
        return Box(x0, y0, x1, y1)


def assemble(page: PageWords, sheet: Sheet, vocabulary: Vocabulary) -> list[Block]:
    """The blocks of ``sheet``; its words, those in the margin last, are added to ``page``."""
    blocks = [_block(page, draft, sheet.turn, vocabulary) for draft in sheet.drafts]
    for token in sheet.margin:
        page.words.append(Word(token.text, page.place(token, sheet.turn)))
    return blocks


def _block(page: PageWords, draft: Draft, turn: Turn, vocabulary: Vocabulary) -> Block:
    if draft.kind == "table":
        rows = tuple(
            tuple(page.text([cell], turn, vocabulary) for cell in row) for row in draft.rows
        )
        return Block("table", rows=rows, header_rows=draft.header_rows, page=page.number)
    text = page.text(draft.lines, turn, vocabulary)
    return Block(draft.kind, text, level=draft.level, page=page.number)
