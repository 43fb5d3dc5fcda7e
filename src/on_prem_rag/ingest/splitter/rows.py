"""Rows of a table as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import ceil

from on_prem_rag.ingest.parsed import Run, Text
from on_prem_rag.ingest.splitter.cuts import cut_to_fit, slice_text

Row = tuple[Text, ...]


def render_rows(rows: Sequence[Row]) -> Text:
    """``rows`` as ``| a | b |``, one a line, the cells' runs at their new places.

    A line break inside a cell becomes a space. There is no rule of dashes under the header: it
    would cost three tokens a column and say nothing.
    """
    parts: list[str] = []
    runs: list[Run] = []
    length = 0
    for number, row in enumerate(rows):
        parts.append("\n|" if number else "|")
        length += len(parts[-1])
        for cell in row:
            value = cell.value.replace("\n", " ").replace("\r", " ")
            for run in cell.runs:
                shift = length + 1
                runs.append(run._replace(start=run.start + shift, end=run.end + shift))
            parts.append(f" {value} |")
            length += len(parts[-1])
    return Text("".join(parts), tuple(runs))


def narrow_rows(
    header: Sequence[Row], row: Row, count_tokens: Callable[[str], int], limit: int
) -> Iterator[list[Row]]:
    """A row that is too long for one passage as groups of its columns under their headers.

    A single cell that is still too long is cut at words, its header above each part.
    """
    group = [*header, row]
    size = count_tokens(render_rows(group).value)
    if size <= limit:
        yield group
    elif len(row) > 1:
        step = ceil(len(row) / ceil(size / limit))
        for first in range(0, len(row), step):
            last = first + step
            above = [titles[first:last] for titles in header]
            yield from narrow_rows(above, row[first:last], count_tokens, limit)
    else:
        yield from _cell_parts(header, row[0], count_tokens, limit)


def _cell_parts(
    header: Sequence[Row], cell: Text, count_tokens: Callable[[str], int], limit: int
) -> Iterator[list[Row]]:
    above = list(header)
    # Two bars more, and the header only as long as it leaves most of the room to the cell.
    if count_tokens(render_rows(above).value) > limit // 2:
        above = []
    room = max(limit - count_tokens(render_rows(above).value) - 2, 1)
    for start, end, _ in cut_to_fit(cell.value, 0, len(cell.value), count_tokens, room):
        yield [*above, (slice_text(cell, start, end),)]
