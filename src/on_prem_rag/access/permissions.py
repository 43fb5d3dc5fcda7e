"""The one module that answers "may this person do this to that".

A Collection carries the rights. Its owner has every level in it; a Grant gives a level to one user,
to a group or to EVERYONE. Groups are looked up in the same query, so whoever leaves one has lost
its rights by their next request. A private Collection is its owner's alone, whatever grants it may
hold. No role stands above this: an admin or the operator reads what a grant lets them read. What a
caller may not read raises CollectionNotFound, exactly as what does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, cast

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, literal, or_, select
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.models import EVERYONE, Collection, Grant, GroupMember, Level
from on_prem_rag.errors import CollectionNotFound, Forbidden

Action = Literal["read", "contribute", "manage"]
_RANK: dict[str, int] = {"reader": 1, "contributor": 2, "manager": 3}
_NEEDED: dict[Action, int] = {"read": 1, "contribute": 2, "manage": 3}


def readable_collection_ids(session: Session, caller: Caller) -> set[str]:
    """Ids of every Collection the caller may read."""
    return set(session.scalars(_READABLE_IDS, {"person": caller.id}))


def readable(caller: Caller) -> ColumnElement[bool]:
    """The SQL condition "the caller may read this Collection", for queries over Collection."""
    return _readable_by(literal(caller.id))


def may_read(session: Session, caller: Caller, collection_id: str) -> bool:
    """Whether the caller may read the Collection; False when it does not exist."""
    found = select(Collection.id).where(Collection.id == collection_id, readable(caller))
    return session.scalar(found) is not None


def groups_of(caller: Caller) -> Select[str]:
    """The ids of the caller's groups as they are now, for use within a query."""
    return _groups_of(literal(caller.id))


def require(session: Session, caller: Caller, collection_id: str, action: Action) -> Collection:
    """Return the Collection if the caller may do ``action`` in it.

    Raises CollectionNotFound when the caller may not read it, Forbidden when they may read it but
    hold too low a level.
    """
    collection = session.get(Collection, collection_id)
    held = None if collection is None else levels(session, caller, [collection])[collection.id]
    if collection is None or held is None:
        raise CollectionNotFound("There is no such collection.")
    if _RANK[held] < _NEEDED[action]:
        raise Forbidden(f"You need the right to {action} in this collection; yours is {held}.")
    return collection


def levels(
    session: Session, caller: Caller, collections: Iterable[Collection]
) -> dict[str, Level | None]:
    """The caller's highest level in each Collection by its id, None where they may not read it."""
    known = list(collections)
    rows = session.execute(
        select(Grant.collection_id, Grant.level).where(
            Grant.collection_id.in_([c.id for c in known]),
            _held_by(literal(caller.id)),
        )
    )
    best: dict[str, str] = {}
    for collection_id, level in rows:
        if _RANK[level] > _RANK.get(best.get(collection_id, ""), 0):
            best[collection_id] = level
    return {c.id: _level(c, caller, best.get(c.id)) for c in known}


def _readable_by(person: ColumnElement[str]) -> ColumnElement[bool]:
    granted = select(Grant.collection_id).where(_held_by(person))
    return or_(
        Collection.owner_id == person,
        and_(Collection.private.is_(False), Collection.id.in_(granted)),
    )


def _held_by(person: ColumnElement[str]) -> ColumnElement[bool]:
    """The SQL condition "this Grant is the person's own, their groups' or everyone's"."""
    return or_(Grant.principal.in_((person, EVERYONE)), Grant.principal.in_(_groups_of(person)))


def _groups_of(person: ColumnElement[str]) -> Select[str]:
    return select(GroupMember.group_id).where(GroupMember.user_id == person)


# Built once: every search runs it twice, and building it costs more than running it.
_READABLE_IDS = select(Collection.id).where(_readable_by(bindparam("person", type_=String)))


def _level(collection: Collection, caller: Caller, granted: str | None) -> Level | None:
    if collection.owner_id == caller.id:
        return "manager"
    if collection.private:
        return None
    return cast(Level | None, granted)
