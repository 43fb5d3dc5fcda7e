"""Groups: their names and members. Whether the caller may manage them is decided by the route."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from on_prem_rag.access.models import EVERYONE, Grant, Group, GroupMember
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.auth.models import User
from on_prem_rag.auth.repository import get_user
from on_prem_rag.db.session import flush_or_conflict
from on_prem_rag.errors import GroupNotFound, InvalidInput, NameTaken

_MAX_NAME = 128


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group with how many belong to it."""

    group: Group
    member_count: int


def list_groups(
    session: Session, *, offset: int, limit: int, search: str = ""
) -> tuple[list[GroupView], int]:
    """A page of groups by name, and how many there are; ``search`` is a part of the name."""
    wanted = Group.name.contains(normalise_group_name(search), autoescape=True)
    counted = (
        select(Group, func.count(GroupMember.user_id))
        .outerjoin(GroupMember, GroupMember.group_id == Group.id)
        .where(wanted)
        .group_by(Group.id)
        .order_by(Group.name)
    )
    rows = session.execute(counted.offset(offset).limit(limit))
    total = session.scalar(select(func.count()).select_from(Group).where(wanted)) or 0
    return [GroupView(group, count) for group, count in rows], total


def get_group(session: Session, group_id: str) -> GroupView:
    """One group. Raises GroupNotFound."""
    group = session.get(Group, group_id)
    if group is None:
        raise GroupNotFound("There is no such group.")
    count = select(func.count()).where(GroupMember.group_id == group_id)
    return GroupView(group, session.scalar(count) or 0)


def find_group_by_name(session: Session, name: str) -> Group | None:
    """The group of this name, in any spelling."""
    return session.scalar(select(Group).where(Group.name == normalise_group_name(name)))


def create_group(session: Session, name: str) -> GroupView:
    """Add an empty group. Raises InvalidInput or Conflict on its name."""
    group = Group(name=_free_name(session, name))
    session.add(group)
    flush_or_conflict(session)
    record(session, Event.GROUP_CREATED, target=("group", group.id), name=group.name)
    return GroupView(group, 0)


def rename_group(session: Session, group_id: str, name: str) -> GroupView:
    """Give a group another name. Raises GroupNotFound, InvalidInput or Conflict."""
    view = get_group(session, group_id)
    if normalise_group_name(name) != view.group.name:
        before, view.group.name = view.group.name, _free_name(session, name)
        flush_or_conflict(session)
        target, after = ("group", group_id), view.group.name
        record(session, Event.GROUP_RENAMED, target=target, before=before, after=after)
    return view


def delete_group(session: Session, group_id: str) -> None:
    """Delete a group with the rights it holds. Raises GroupNotFound."""
    group = get_group(session, group_id).group
    session.execute(delete(Grant).where(Grant.principal == group_id))
    session.delete(group)
    record(session, Event.GROUP_DELETED, target=("group", group_id), name=group.name)


def list_members(session: Session, group_id: str) -> Sequence[User]:
    """Who belongs to a group, by name. Raises GroupNotFound."""
    get_group(session, group_id)
    members = select(GroupMember.user_id).where(GroupMember.group_id == group_id)
    return session.scalars(select(User).where(User.id.in_(members)).order_by(User.username)).all()


def add_member(session: Session, group_id: str, user_id: str) -> None:
    """Let a user into a group; nothing changes for one who is in it.

    Raises GroupNotFound or UserNotFound.
    """
    get_group(session, group_id)
    get_user(session, user_id)
    if session.get(GroupMember, (group_id, user_id)) is None:
        session.add(GroupMember(group_id=group_id, user_id=user_id))
        flush_or_conflict(session)
        record(session, Event.GROUP_MEMBER_ADDED, target=("group", group_id), user_id=user_id)


def remove_member(session: Session, group_id: str, user_id: str) -> None:
    """Take a user out of a group; nothing changes for one who is not in it.

    Raises GroupNotFound.
    """
    get_group(session, group_id)
    membership = session.get(GroupMember, (group_id, user_id))
    if membership is not None:
        session.delete(membership)
        record(session, Event.GROUP_MEMBER_REMOVED, target=("group", group_id), user_id=user_id)


def names_of_groups(session: Session, user_ids: Iterable[str]) -> dict[str, list[str]]:
    """The names of each user's groups in order, by user id."""
    names: dict[str, list[str]] = {user_id: [] for user_id in user_ids}
    rows = session.execute(
        select(GroupMember.user_id, Group.name)
        .join(Group, Group.id == GroupMember.group_id)
        .where(GroupMember.user_id.in_(list(names)))
        .order_by(Group.name)
    )
    for user_id, name in rows:
        names[user_id].append(name)
    return names


def normalise_group_name(name: str) -> str:
    """The form a name is stored and looked up in: one spelling for what looks the same."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _free_name(session: Session, name: str) -> str:
    normalised = normalise_group_name(name)
    if not normalised or len(normalised) > _MAX_NAME or not normalised.isprintable():
        raise InvalidInput(f"A group's name has 1 to {_MAX_NAME} printable characters.")
    if normalised == EVERYONE or find_group_by_name(session, normalised) is not None:
        raise NameTaken("A group with this name exists already.")
    return normalised
