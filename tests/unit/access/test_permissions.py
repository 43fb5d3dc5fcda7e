from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import OPERATOR, Caller
from on_prem_rag.access.models import EVERYONE, Collection, Grant, Group, GroupMember
from on_prem_rag.access.permissions import levels, may_read, readable_collection_ids, require
from on_prem_rag.auth.models import User
from on_prem_rag.db.base import Base
from on_prem_rag.db.session import Database
from on_prem_rag.errors import CollectionNotFound, Forbidden

ANN = Caller("ann", "ann", "member")
BOB = Caller("bob", "bob", "member")
ADMIN = Caller("root", "root", "admin")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        yield session
    database.close()


def add(session: Session, owner: str, *, private: bool = False, **grants: str) -> str:
    collection = Collection(name="c", owner_id=owner, private=private)
    session.add(collection)
    session.flush()
    for principal, level in grants.items():
        session.add(Grant(collection_id=collection.id, principal=principal, level=level))
    session.flush()
    return collection.id


def test_the_owner_holds_every_right(session: Session) -> None:
    made = add(session, "ann")
    assert require(session, ANN, made, "manage").id == made
    assert readable_collection_ids(session, ANN) == {made}


def test_without_a_grant_it_does_not_exist_for_anyone_else(session: Session) -> None:
    made = add(session, "ann")
    for stranger in (BOB, ADMIN, OPERATOR):
        assert readable_collection_ids(session, stranger) == set()
        assert not may_read(session, stranger, made)
        with pytest.raises(CollectionNotFound) as forbidden:
            require(session, stranger, made, "read")
        with pytest.raises(CollectionNotFound) as unknown:
            require(session, stranger, "no-such-id", "read")
        assert forbidden.value.message == unknown.value.message
        assert forbidden.value.hint == unknown.value.hint


@pytest.mark.parametrize(
    ("level", "allowed", "refused"),
    [
        ("reader", ["read"], ["contribute", "manage"]),
        ("contributor", ["read", "contribute"], ["manage"]),
        ("manager", ["read", "contribute", "manage"], []),
    ],
)
def test_a_grant_gives_its_level_and_no_more(
    session: Session, level: str, allowed: list[str], refused: list[str]
) -> None:
    made = add(session, "ann", bob=level)
    for action in allowed:
        require(session, BOB, made, action)  # type: ignore[arg-type]
    for action in refused:
        with pytest.raises(Forbidden):
            require(session, BOB, made, action)  # type: ignore[arg-type]


def test_everyone_reaches_people_and_operator(session: Session) -> None:
    made = add(session, "ann", **{EVERYONE: "reader"})
    for caller in (BOB, ADMIN, OPERATOR):
        assert may_read(session, caller, made)


def test_the_higher_of_two_grants_counts(session: Session) -> None:
    made = add(session, "ann", **{EVERYONE: "reader", "bob": "manager"})
    other = add(session, "ann", **{EVERYONE: "contributor", "bob": "reader"})
    found = levels(session, BOB, [session.get_one(Collection, i) for i in (made, other)])
    assert found == {made: "manager", other: "contributor"}


def test_a_private_collection_ignores_its_grants(session: Session) -> None:
    made = add(session, "ann", private=True, bob="manager", **{EVERYONE: "reader"})
    assert readable_collection_ids(session, BOB) == set()
    assert not may_read(session, BOB, made)
    with pytest.raises(CollectionNotFound):
        require(session, BOB, made, "read")
    assert require(session, ANN, made, "manage").id == made


def test_one_persons_grant_is_not_anothers(session: Session) -> None:
    made = add(session, "ann", bob="reader")
    assert readable_collection_ids(session, Caller("eve", "eve", "member")) == set()
    assert readable_collection_ids(session, BOB) == {made}


def put_in_group(session: Session, name: str, *user_ids: str) -> str:
    group = Group(name=name)
    session.add(group)
    session.add_all(User(id=i, username=i, password_hash="") for i in user_ids)
    session.flush()
    session.add_all(GroupMember(group_id=group.id, user_id=i) for i in user_ids)
    session.flush()
    return group.id


def test_a_groups_grant_is_its_members(session: Session) -> None:
    legal = put_in_group(session, "legal", "bob")
    made = add(session, "ann", **{legal: "contributor", EVERYONE: "reader"})
    hidden = add(session, "ann", **{legal: "reader"})
    assert readable_collection_ids(session, BOB) == {made, hidden}
    assert require(session, BOB, made, "contribute").id == made
    eve = Caller("eve", "eve", "member")
    assert readable_collection_ids(session, eve) == {made}
    with pytest.raises(Forbidden):
        require(session, eve, made, "contribute")


def test_a_membership_ends_at_once(session: Session) -> None:
    legal = put_in_group(session, "legal", "bob")
    made = add(session, "ann", **{legal: "manager"})
    assert may_read(session, BOB, made)
    session.delete(session.get_one(GroupMember, (legal, "bob")))
    session.flush()
    assert not may_read(session, BOB, made)
    with pytest.raises(CollectionNotFound):
        require(session, BOB, made, "read")


def test_a_private_collection_ignores_groups(session: Session) -> None:
    legal = put_in_group(session, "legal", "bob")
    made = add(session, "ann", private=True, **{legal: "manager"})
    assert not may_read(session, BOB, made)
