"""One sheet's words to drafts of blocks: rows, ruled tables, columns, tables, paragraphs."""

from __future__ import annotations

from on_prem_rag.ingest.layout.cells import build_table
from on_prem_rag.ingest.layout.columns import reading_order
from on_prem_rag.ingest.layout.paragraphs import paragraphs
from on_prem_rag.ingest.layout.rows import rows_of, segments_of, without_leaders
from on_prem_rag.ingest.layout.tables import Row, find_tables, row_of
from on_prem_rag.ingest.layout.token import Draft, Segment, Sheet


def lay_out(sheet: Sheet) -> None:
    """Fill ``sheet.drafts`` from ``sheet.tokens``; dot leaders go to ``sheet.margin``."""
    segments: list[Segment] = []
    for row in rows_of(sheet.tokens):
        kept, leaders = without_leaders(row)
        sheet.margin += leaders
        segments += segments_of(kept)
    for region in reading_order(segments):
        sheet.drafts += _region_drafts(region)
    sheet.tokens = []


def _region_drafts(region: list[Segment]) -> list[Draft]:
    """The blocks of one column."""
    rows = _rows(region)
    drafts: list[Draft] = []
    position = 0
    for start, end in [*find_tables(rows), (len(rows), len(rows))]:
        drafts += paragraphs(rows[position:start])
        if start < end:
            drafts.append(build_table(rows[start:end]))
        position = end
    return drafts


def _rows(region: list[Segment]) -> list[Row]:
    """The rows of a region's segments, which are ordered by height."""
    groups: list[list[Segment]] = []
    for segment in region:
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
