"""The grid of an HTML table, or the finding that it is there for layout only."""

from __future__ import annotations

import re
from typing import NamedTuple

from selectolax.lexbor import LexborNode

_MAX_SPAN = 200
# A cell with more text than this holds running text: the table arranges a page.
_LAYOUT_CELL_CHARS = 3000
_LAYOUT_CONTENT = "table, h1, h2, h3, pre"
_DROPPED = ["script", "style", "template", "noscript"]
_SPACES = re.compile(r"\s+")


class Rows(NamedTuple):
    """Cell texts, and how many of the first rows are headers."""

    rows: list[list[str]]
    header_rows: int


def find_rows(table: LexborNode) -> Rows | None:
    """The table's cells, spans resolved; None when the table only arranges other content.

    A cell over several rows says its text in each of them, one over several columns only once.
    """
    table.strip_tags(_DROPPED, recursive=True)
    cells = table.css("td, th")
    if not cells or any(cell.css_first(_LAYOUT_CONTENT, default=None) for cell in cells):
        return None
    rows: list[list[str]] = []
    carried: dict[int, tuple[int, str]] = {}
    header_rows = 0
    for row in table.css("tr"):
        columns = [node for node in _children(row) if node.tag in ("td", "th")]
        texts = _row(columns, carried)
        if any(len(text) > _LAYOUT_CELL_CHARS for text in texts):
            return None
        in_head = row.parent is not None and row.parent.tag == "thead"
        all_th = bool(columns) and all(node.tag == "th" for node in columns)
        if len(rows) == header_rows and (in_head or all_th):
            header_rows += 1
        rows.append(texts)
    return Rows(_without_empty_columns(rows), header_rows or 1)


def _row(columns: list[LexborNode], carried: dict[int, tuple[int, str]]) -> list[str]:
    """Texts of one row; ``carried`` holds cells that reach down from above, by column."""
    texts: list[str] = []

    def take_carried() -> None:
        while (column := len(texts)) in carried:
            left, text = carried.pop(column)
            texts.append(text)
            if left > 1:
                pending[column] = (left - 1, text)

    pending: dict[int, tuple[int, str]] = {}
    for node in columns:
        take_carried()
        text = _SPACES.sub(" ", node.text(separator=" ")).strip()
        width, height = _span(node, "colspan"), _span(node, "rowspan")
        if height > 1:
            pending[len(texts)] = (height - 1, text)
            pending.update({len(texts) + i: (height - 1, "") for i in range(1, width)})
        texts += [text, *[""] * (width - 1)]
    take_carried()
    carried.update(pending)
    return texts


def _span(node: LexborNode, name: str) -> int:
    try:
        return min(max(int(node.attributes.get(name) or 1), 1), _MAX_SPAN)
    except ValueError:
        return 1


def _children(node: LexborNode) -> list[LexborNode]:
    return list(node.iter())


def _without_empty_columns(rows: list[list[str]]) -> list[list[str]]:
    width = max(map(len, rows), default=0)
    used = [i for i in range(width) if any(i < len(row) and row[i] for row in rows)]
    return [[row[i] if i < len(row) else "" for i in used] for row in rows]
