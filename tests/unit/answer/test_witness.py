import json
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from on_prem_rag.access.caller import Caller
from on_prem_rag.answer.witness import AuditWitness
from on_prem_rag.bootstrap.parts import open_current_database
from on_prem_rag.config import Settings
from on_prem_rag.db.session import Database
from on_prem_rag.retrieve.passage import Passage

ANN = Caller("ann-id", "ann", "member")


def passage(document_id: str, *chunk_ids: str) -> Passage:
    return Passage(
        chunk_ids=chunk_ids,
        collection_id="c",
        document_id=document_id,
        version_id="v",
        document_name="lease.pdf",
        title="",
        media_type="application/pdf",
        heading_path=(),
        text="The lease ends in June.",
        kind="paragraph",
        page_start=1,
        page_end=1,
        boxes=(),
        score=1.0,
    )


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return open_current_database(Settings(data_dir=tmp_path))


def test_passages_are_noted_by_their_ids_alone(database: Database) -> None:
    shown = [passage("d2", "c1", "c2"), passage("d1", "c3"), passage("d2", "c4")]
    AuditWitness(database).asked(ANN, "When does it end?", shown)
    AuditWitness(database).searched(ANN, "When does it end?", shown)
    with database.read() as session:
        rows = session.execute(text("SELECT * FROM audit_events ORDER BY number")).all()
    database.close()
    assert [(row.subject, row.action, row.actor_id) for row in rows] == [
        ("question", "ask", "ann-id"),
        ("question", "search", "ann-id"),
    ]
    details = json.loads(rows[0].details)
    assert details["chunk_ids"] == ["c1", "c2", "c3", "c4"]
    assert details["document_ids"] == ["d1", "d2"]
    everything = str(rows)
    assert "lease" not in everything
    assert "June" not in everything
    assert "When" not in everything


def test_what_cannot_be_noted_may_not_be_shown(database: Database) -> None:
    with database.write() as session:
        session.execute(text("DROP TABLE audit_events"))
    with pytest.raises(DatabaseError):
        AuditWitness(database).asked(ANN, "When?", [passage("d1", "c1")])
    database.close()
