import csv
import io
import json

import pytest
from tests.unit.audit.conftest import ANN, Book, Person

from on_prem_rag.audit import export
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.export import COLUMNS, export_events, neutral
from on_prem_rag.audit.listing import AuditFilter
from on_prem_rag.audit.log import record


def test_every_event_is_exported_in_order(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_AT_ONCE", 10)
    book.write(25)
    pieces = list(export_events(book.database, AuditFilter(), "jsonl"))
    assert len(pieces) == 3
    found = [json.loads(line) for line in "".join(pieces).splitlines()]
    assert [event["number"] for event in found] == list(range(1, 26))
    assert found[0]["details"] == {"size": 0}
    assert found[0]["time"].endswith("+00:00")


def test_events_written_meanwhile_wait_for_the_next_export(book: Book) -> None:
    book.write(2)
    pieces = export_events(book.database, AuditFilter(), "jsonl")
    first = next(pieces)
    book.write(3)
    assert len("".join([first, *pieces]).splitlines()) == 2


def test_only_what_is_asked_for(book: Book) -> None:
    book.write(3)
    with book.database.write() as session:
        record(session, Event.LOGIN, actor=ANN)
    chosen = AuditFilter(event="session:login")
    assert len("".join(export_events(book.database, chosen, "jsonl")).splitlines()) == 1


def test_a_spreadsheet_runs_no_cell(book: Book) -> None:
    with book.database.write() as session:
        record(session, Event.LOGIN, actor=Person("1", "=cmd|' /C calc'!A0"))
    text = "".join(export_events(book.database, AuditFilter(), "csv"))
    header, row = csv.reader(io.StringIO(text))
    assert tuple(header) == COLUMNS
    assert row[COLUMNS.index("actor_name")] == "'=cmd|' /C calc'!A0"
    assert row[COLUMNS.index("request_id")] == ""


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@A1", "\t=1", "\r=1"])
def test_what_begins_a_formula_is_quoted(cell: str) -> None:
    assert neutral(cell) == f"'{cell}"
    assert neutral("a" + cell) == "a" + cell
