"""The log as JSON Lines or CSV, oldest first, in pieces that fit into memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from typing import Any, Literal

from sqlalchemy import func, select

from on_prem_rag.audit.chain import HASHED
from on_prem_rag.audit.listing import AuditFilter, events_after
from on_prem_rag.audit.models import AuditEvent
from on_prem_rag.db.session import Database

ExportFormat = Literal["jsonl", "csv"]
COLUMNS = (*HASHED, "hash")
_AT_ONCE = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_events(database: Database, chosen: AuditFilter, form: ExportFormat) -> Iterator[str]:
    """Yield the events there are at the start, some hundred a piece.

    Each piece is read in a unit of work of its own: a slow reader holds none open.
    """
    with database.read() as session:
        through = session.scalar(select(func.max(AuditEvent.number))) or 0
    write = _WRITERS[form]
    if form == "csv":
        yield _csv([COLUMNS])
    number = -1
    while True:
        with database.read() as session:
            events = events_after(session, chosen, number, through=through, limit=_AT_ONCE)
        if not events:
            return
        yield write(events)
        number = events[-1].number


def _write_jsonl(events: Sequence[AuditEvent]) -> str:
    lines = []
    for event in events:
        values = _values(event)
        values["details"] = json.loads(event.details)
        lines.append(json.dumps(values, ensure_ascii=False) + "\n")
    return "".join(lines)


def _write_csv(events: Sequence[AuditEvent]) -> str:
    return _csv([[neutral(value) for value in _values(event).values()] for event in events])


def neutral(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, "CSV Injection")."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _values(event: AuditEvent) -> dict[str, Any]:
    values = {name: getattr(event, name) for name in COLUMNS}
    values["time"] = event.time.astimezone(UTC).isoformat(timespec="microseconds")
    return values


def _csv(rows: Sequence[Sequence[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


_WRITERS: dict[ExportFormat, Callable[[Sequence[AuditEvent]], str]] = {
    "jsonl": _write_jsonl,
    "csv": _write_csv,
}
