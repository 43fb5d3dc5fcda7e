from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from on_prem_rag.access import groups
from on_prem_rag.access.models import Collection, Grant, GroupMember
from on_prem_rag.auth.models import User
from on_prem_rag.db.base import Base
from on_prem_rag.db.session import Database
from on_prem_rag.errors import Conflict, GroupNotFound, InvalidInput, UserNotFound


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        session.add_all(User(id=i, username=i, password_hash="") for i in ("ann", "bob"))
        session.flush()
        yield session
    database.close()


def test_names_are_kept_in_one_spelling(session: Session) -> None:
    made = groups.create_group(session, "  Human\u00a0  RESOURCES ").group
    assert made.name == "human resources"
    assert groups.find_group_by_name(session, "Human Resources") is made
    for taken in ("human resources", "ＨＵＭＡＮ resources", "everyone"):
        with pytest.raises(Conflict):
            groups.create_group(session, taken)
    for bad in ("", "\t", "a\u200bb", "x" * 129):
        with pytest.raises(InvalidInput):
            groups.create_group(session, bad)


def test_a_group_may_be_renamed_to_its_own_name(session: Session) -> None:
    made = groups.create_group(session, "legal").group
    groups.create_group(session, "sales")
    assert groups.rename_group(session, made.id, "LEGAL").group.name == "legal"
    with pytest.raises(Conflict):
        groups.rename_group(session, made.id, "sales")


def test_lists_count_members(session: Session) -> None:
    legal = groups.create_group(session, "legal").group
    groups.create_group(session, "sales")
    groups.add_member(session, legal.id, "bob")
    groups.add_member(session, legal.id, "ann")
    groups.add_member(session, legal.id, "ann")
    found, total = groups.list_groups(session, offset=0, limit=1)
    assert ([(v.group.name, v.member_count) for v in found], total) == ([("legal", 2)], 2)
    found, total = groups.list_groups(session, offset=0, limit=9, search="SAL")
    assert ([view.group.name for view in found], total) == (["sales"], 1)
    assert [user.username for user in groups.list_members(session, legal.id)] == ["ann", "bob"]
    assert groups.names_of_groups(session, ["ann", "eve"]) == {"ann": ["legal"], "eve": []}
    groups.remove_member(session, legal.id, "ann")
    assert groups.get_group(session, legal.id).member_count == 1


def test_deleting_takes_memberships_and_grants(session: Session) -> None:
    legal = groups.create_group(session, "legal").group
    groups.add_member(session, legal.id, "ann")
    session.add(Collection(id="c", name="c", owner_id="bob"))
    session.flush()
    session.add(Grant(collection_id="c", principal=legal.id, level="reader"))
    session.add(Grant(collection_id="c", principal="ann", level="reader"))
    groups.delete_group(session, legal.id)
    session.flush()
    assert session.scalars(select(Grant.principal)).all() == ["ann"]
    assert session.scalars(select(GroupMember)).all() == []


def test_what_is_unknown_is_said(session: Session) -> None:
    legal = groups.create_group(session, "legal").group
    with pytest.raises(UserNotFound):
        groups.add_member(session, legal.id, "nobody")
    for act in (groups.get_group, groups.delete_group, groups.list_members):
        with pytest.raises(GroupNotFound):
            act(session, "nothing")
