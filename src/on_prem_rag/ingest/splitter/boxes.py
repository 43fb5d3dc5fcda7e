"""From the words a passage is made of to the boxes that are highlighted on its pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from on_prem_rag.ingest.parsed import Box, ParsedDocument, Word
from on_prem_rag.ingest.splitter.draft import ChunkDraft

_SAME_LINE = 0.6
"""Share of the lower one's height that two boxes of a line have in common at least."""
_WIDEST_SPACE = 2.5
"""In line heights; a wider gap is a gutter or the border of a table's cell."""


def line_boxes(words: Sequence[Word]) -> list[Box]:
    """One box for each stretch of ``words`` (in reading order) that stands on one line."""
    boxes: list[Box] = []
    for box in _word_boxes(words):
        if boxes and _continues(boxes[-1], box):
            last = boxes[-1]
            boxes[-1] = Box(
                min(last.x0, box.x0),
                min(last.y0, box.y0),
                max(last.x1, box.x1),
                max(last.y1, box.y1),
            )
        else:
            boxes.append(box)
    return boxes


def chunk_boxes(document: ParsedDocument, draft: ChunkDraft) -> list[list[float]]:
    """``[page, x0, y0, x1, y1]`` for every line of every span of ``draft``, rounded to 0.01 pt."""
    pages = {page.number: page for page in document.pages}
    return [
        [float(span.page), *(round(edge, 2) for edge in box)]
        for span in draft.spans
        for box in line_boxes(pages[span.page].words[span.first_word : span.last_word])
    ]


def _word_boxes(words: Sequence[Word]) -> Iterator[Box]:
    for word in words:
        yield word.box
        if word.rest is not None:
            yield word.rest


def _continues(line: Box, box: Box) -> bool:
    lower = min(line.y1 - line.y0, box.y1 - box.y0)
    shared = min(line.y1, box.y1) - max(line.y0, box.y0)
    if lower <= 0 or shared < _SAME_LINE * lower:
        return False
    space = _WIDEST_SPACE * max(line.y1 - line.y0, box.y1 - box.y0)
    return box.x0 - line.x1 <= space and line.x0 - box.x1 <= space
