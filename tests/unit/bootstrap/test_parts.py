"""Whoever opens the database for work opens it with its audit log."""

from pathlib import Path

from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import attached_log, record
from on_prem_rag.audit.verify import verify
from on_prem_rag.bootstrap.parts import audit_key, open_current_database
from on_prem_rag.config import Settings


def test_what_is_opened_for_work_records(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    database = open_current_database(settings)
    with database.write() as session:
        record(session, Event.LOGOUT)
    found = verify(database, attached_log(database).chain)
    database.close()
    assert (found.intact, found.checked) == (True, 1)


def test_the_key_stays_and_is_its_owners_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    key = audit_key(settings)
    assert audit_key(settings) == key
    assert len(key) >= 32
    assert (tmp_path / "run" / "audit-key").stat().st_mode & 0o077 == 0
    given = Settings(data_dir=tmp_path, audit_key="g" * 40)
    assert audit_key(given) == "g" * 40
