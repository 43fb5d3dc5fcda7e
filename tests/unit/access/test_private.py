from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from on_prem_rag.access.models import Collection
from on_prem_rag.access.private import open_private_collection
from on_prem_rag.auth.models import User
from on_prem_rag.db.base import Base
from on_prem_rag.db.session import Database


@pytest.mark.parametrize(
    ("kind", "expected"), [("person", [("Private", "u", True)]), ("service", [])]
)
def test_people_get_one_and_programs_none(tmp_path: Path, kind: str, expected: list) -> None:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        user = User(id="u", username="u", kind=kind, password_hash="")
        session.add(user)
        session.flush()
        open_private_collection(session, user)
    with database.read() as session:
        rows = session.execute(select(Collection.name, Collection.owner_id, Collection.private))
        assert rows.all() == expected
    database.close()
    database.close()
