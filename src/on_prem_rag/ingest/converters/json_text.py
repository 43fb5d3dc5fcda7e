"""JSON and JSON Lines as readable text: one ``path: value`` a line, records under headings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from on_prem_rag.ingest.converters.blocks import BlockWriter
from on_prem_rag.ingest.converters.decoding import decode
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.converters.plain_text import write_text
from on_prem_rag.ingest.detect import JSON, JSON_LINES
from on_prem_rag.ingest.parsed import ParsedDocument

_NAMES = ("title", "name", "id", "_id", "key")
_MAX_TABLE_COLUMNS = 30


def convert(path: Path, options: ConvertOptions) -> ParsedDocument:
    """Read JSON or JSON Lines; what is neither is read as plain text, with a warning."""
    writer = BlockWriter(options)
    text = decode(path.read_bytes())
    media_type = JSON
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        records = _json_lines(text)
        if records is None:
            writer.warn("The file is not valid JSON; it was read as plain text.")
            write_text(text, writer)
            return writer.document(JSON)
        media_type, value = JSON_LINES, records
    _write_value(value, writer)
    title = value.get("title") if isinstance(value, dict) else None
    return writer.document(media_type, title=title if isinstance(title, str) else None)


def _json_lines(text: str) -> list[Any] | None:
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None


def _write_value(value: Any, writer: BlockWriter) -> None:
    if isinstance(value, list) and _is_table(value):
        columns = list(dict.fromkeys(key for row in value for key in row))
        writer.table([columns, *([_scalar(row.get(key, "")) for key in columns] for row in value)])
        return
    for number, record in enumerate(value if isinstance(value, list) else [value], start=1):
        if isinstance(value, list):
            writer.heading(_name(record) or f"Record {number}", 2)
        for path, leaf in _leaves(record):
            writer.paragraph(f"{path}: {leaf}" if path else leaf)


def _is_table(records: list[Any]) -> bool:
    """True for several flat objects with short values, which read best as rows."""
    if len(records) < 2 or not all(isinstance(record, dict) and record for record in records):
        return False
    keys = {key for record in records for key in record}
    values = [value for record in records for value in record.values()]
    flat = all(not isinstance(v, dict | list) and len(str(v)) <= 200 for v in values)
    return flat and len(keys) <= _MAX_TABLE_COLUMNS


def _name(record: Any) -> str | None:
    if isinstance(record, dict):
        for key in _NAMES:
            if isinstance(record.get(key), str | int):
                return str(record[key])
    return None


def _leaves(root: Any) -> Iterator[tuple[str, str]]:
    """Every scalar with its dotted path; lists of scalars stay together."""
    stack: list[tuple[str, Any]] = [("", root)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, dict):
            children = [
                (f"{path}.{key}" if path else str(key), child) for key, child in value.items()
            ]
            stack.extend(reversed(children))
        elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
            stack.extend((f"{path}[{i}]", item) for i, item in reversed(list(enumerate(value))))
        elif isinstance(value, list):
            yield path, ", ".join(map(_scalar, value))
        else:
            yield path, _scalar(value)


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    return str(value)
