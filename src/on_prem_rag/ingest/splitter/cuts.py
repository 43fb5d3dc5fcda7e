"""Cutting a text that knows its words without losing a word's place on the page."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from math import ceil

from on_prem_rag.ingest.parsed import Run, Text

_WORD = re.compile(r"\S+")


def slice_text(text: Text, start: int, end: int) -> Text:
    """``text.value[start:end]`` with its runs; a word that is only partly inside loses its run."""
    value = text.value
    runs: list[Run] = []
    index = max(bisect_right(text.runs, start, key=lambda run: run.start) - 1, 0)
    for run in text.runs[index:]:
        if run.start >= end:
            break
        low, high = max(run.start, start), min(run.end, end)
        if low > run.start and value[low - 1] != " ":
            low = value.find(" ", low, high) + 1 or high
        if high < run.end and value[high] != " ":
            high = max(value.rfind(" ", low, high), low)
        if low < high:
            first = run.first + value.count(" ", run.start, low)
            last = first + value.count(" ", low, high) + 1
            runs.append(Run(low - start, high - start, run.page, first, last))
    return Text(value[start:end], tuple(runs))


def whole_words(text: Text, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """``spans`` with those joined whose border lies inside a word that has a box.

    Without this a sentence that ends in the middle of an ideographic line, which is one word,
    would leave two passages with half a box each.
    """
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and joined[-1][1] == start and _inside_run(text, start):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def line_spans(value: str) -> list[tuple[int, int]]:
    """``(start, end)`` of the lines that are not blank, indentation included."""
    spans = []
    start = 0
    for line in value.splitlines(keepends=True):
        content = line.rstrip()
        if content:
            spans.append((start, start + len(content)))
        start += len(line)
    return spans


def cut_to_fit(
    value: str, start: int, end: int, count_tokens: Callable[[str], int], limit: int
) -> Iterator[tuple[int, int, int]]:
    """``value[start:end]`` in parts of at most ``limit`` tokens: ``(start, end, tokens)``.

    Cut at spaces where there are any; a word above the limit (a hash, a page of ideographs) is cut
    between characters. The tokens of a cut part are the sum over its words.
    """
    whole = count_tokens(value[start:end])
    if whole <= limit:
        yield start, end, whole
        return
    part_start, part_end, tokens = start, start, 0
    for word in _WORD.finditer(value, start, end):
        for low, high, size in _parts(value, word.start(), word.end(), count_tokens, limit):
            if tokens and tokens + size > limit:
                yield part_start, part_end, tokens
                tokens = 0
            if not tokens:
                part_start = low
            part_end, tokens = high, tokens + size
    if part_end > part_start:
        yield part_start, part_end, tokens


def _parts(
    value: str, start: int, end: int, count_tokens: Callable[[str], int], limit: int
) -> Iterator[tuple[int, int, int]]:
    """``value[start:end]`` in as many equal parts as its tokens ask for, each again if need be.

    Halving would count an endless word a dozen times over.
    """
    size = count_tokens(value[start:end])
    if end - start < 2 or size <= limit:
        yield start, end, size
        return
    step = ceil((end - start) / ceil(size / limit))
    for low in range(start, end, step):
        yield from _parts(value, low, min(low + step, end), count_tokens, limit)


def _inside_run(text: Text, position: int) -> bool:
    index = bisect_right(text.runs, position, key=lambda run: run.start) - 1
    return index >= 0 and text.runs[index].start < position < text.runs[index].end
