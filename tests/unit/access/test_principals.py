from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from on_prem_rag.access.models import Group
from on_prem_rag.access.principals import Name, Principal, find_names, find_principal
from on_prem_rag.auth.models import User
from on_prem_rag.db.base import Base
from on_prem_rag.db.session import Database
from on_prem_rag.errors import GroupNotFound, InvalidInput, UserNotFound


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        session.add(User(id="u", username="legal", password_hash="x", disabled=True))
        session.add(Group(id="g", name="legal"))
        session.flush()
        yield session
    database.close()


def test_a_name_is_a_persons_unless_it_is_said_to_be_a_groups(session: Session) -> None:
    assert find_principal(session, " Legal", None) == Principal("u", "user", "legal", None, True)
    assert find_principal(session, "LEGAL", "group") == Principal("g", "group", group="legal")
    for kind in (None, "everyone"):
        assert find_principal(session, "Everyone", kind) == Principal("everyone", "everyone")


def test_nobody_of_the_name(session: Session) -> None:
    with pytest.raises(UserNotFound):
        find_principal(session, "nobody", None)
    with pytest.raises(UserNotFound):
        find_principal(session, "everyone", "user")
    with pytest.raises(GroupNotFound):
        find_principal(session, "nobody", "group")


def test_names_of_the_disabled_are_not_told(session: Session) -> None:
    assert find_names(session, "leg", kind=None, limit=9) == [Name("group", "legal")]
    assert find_names(session, "leg", kind="user", limit=9) == []
    session.add(User(id="v", username="paralegal", password_hash="x"))
    session.add(User(id="w", username="legal-robot", kind="service", password_hash=""))
    session.flush()
    both = [Name("user", "paralegal"), Name("group", "legal")]
    assert find_names(session, "LEGAL", kind=None, limit=9) == both
    assert find_names(session, "LEGAL", kind=None, limit=1) == both[:1]


def test_one_letter_is_too_little_of_a_name(session: Session) -> None:
    with pytest.raises(InvalidInput):
        find_names(session, " l ", kind=None, limit=9)
