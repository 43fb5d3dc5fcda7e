"""One sheet's words to drafts of blocks: rows, ruled tables, columns, tables, paragraphs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from on_prem_rag.ingest.layout.cells import build_table
from on_prem_rag.ingest.layout.columns import reading_order
from on_prem_rag.ingest.layout.grid import take_grids
from on_prem_rag.ingest.layout.paragraphs import paragraphs
from on_prem_rag.ingest.layout.rows import MARKER, WIDE_GAP, rows_of, segments_of, without_leaders
from on_prem_rag.ingest.layout.tables import Row, find_tables, row_of
from on_prem_rag.ingest.layout.token import Draft, Rule, Segment, Sheet

FEWEST_SPLIT_ROWS = 2
"""So many rows of several segments make it worth while to ask for drawn lines."""


def lay_out(
    sheet: Sheet, rules: Callable[[], list[Rule]] | None = None, wide_gap: float = WIDE_GAP
) -> None:
    """Fill ``sheet.drafts`` from ``sheet.tokens``; dot leaders go to ``sheet.margin``.

    ``rules`` gives the lines drawn on the page, upright like the words; it is called only when
    the words leave room for a table, because finding the lines takes as long as the text.
    Gaps wider than ``wide_gap`` times the size part cells.
    """
    segments: list[Segment] = []
    split_rows = 0
    for row in rows_of(sheet.tokens):
        kept, leaders = without_leaders(row)
        sheet.margin += leaders
        found = segments_of(kept, wide_gap)
        split_rows += len(found) > 1 and not MARKER.match(found[0].text)
        segments += found
    if rules is not None and split_rows >= FEWEST_SPLIT_ROWS:
        segments = take_grids(segments, rules())
    for region in reading_order(segments):
        sheet.drafts += _region_drafts(region)
    sheet.tokens = []


def _region_drafts(region: list[Segment]) -> list[Draft]:
    """The blocks of one column."""
    drafts: list[Draft] = []
    for table, group in groupby(region, key=lambda segment: segment.table):
        drafts += [table] if table is not None else _flowing(list(group))
    return drafts


def _flowing(segments: list[Segment]) -> list[Draft]:
    """Paragraphs and tables without drawn lines."""
    rows = _rows(segments)
    drafts: list[Draft] = []
    position = 0
    for start, end in [*find_tables(rows), (len(rows), len(rows))]:
        drafts += paragraphs(rows[position:start])
        if start < end:
            drafts.append(build_table(rows[start:end]))
        position = end
    return drafts


def _rows(segments: list[Segment]) -> list[Row]:
    """The rows of segments that are ordered by height."""
    groups: list[list[Segment]] = []
    for segment in segments:
        last = groups[-1][-1] if groups else None
        if last is not None and _beside(last, segment):
            groups[-1].append(segment)
        else:
            groups.append([segment])
    return [row_of(sorted(group, key=lambda segment: segment.x0)) for group in groups]


def _beside(last: Segment, segment: Segment) -> bool:
    """Whether two segments stand on one line."""
    height = min(last.y1 - last.y0, segment.y1 - segment.y0)
    middles = abs((last.y0 + last.y1) - (segment.y0 + segment.y1)) / 2
    return middles <= 0.45 * height
