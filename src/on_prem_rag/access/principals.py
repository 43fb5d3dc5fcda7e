"""From the name somebody types, or begins to, to who is meant: a person, a group, or everyone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from on_prem_rag.access.groups import find_group_by_name, normalise_group_name
from on_prem_rag.access.models import EVERYONE, Group
from on_prem_rag.auth.models import User
from on_prem_rag.auth.repository import find_user_by_name
from on_prem_rag.auth.users import normalise_username
from on_prem_rag.errors import GroupNotFound, InvalidInput, UserNotFound

PrincipalKind = Literal["user", "group", "everyone"]
NamedKind = Literal["user", "group"]
FEWEST_LETTERS = 2
"""How much of a name must be known for it to be told."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is meant: ``username`` is a user's name, ``group`` a group's, else None.

    ``id`` is the user's, the group's, or EVERYONE.
    """

    id: str
    kind: PrincipalKind
    username: str | None = None
    group: str | None = None
    disabled: bool = False


def find_principal(session: Session, name: str, kind: PrincipalKind | None) -> Principal:
    """Who is meant by a name; without a ``kind`` it is a user's, or ``everyone``.

    Raises UserNotFound or GroupNotFound.
    """
    if kind == "group":
        group = find_group_by_name(session, name)
        if group is None:
            raise GroupNotFound("There is no group of this name.")
        return Principal(group.id, "group", group=group.name)
    normalised = normalise_username(name)
    if kind == "everyone" or (kind is None and normalised == EVERYONE):
        return Principal(EVERYONE, "everyone")
    user = find_user_by_name(session, normalised)
    if user is None:
        raise UserNotFound("There is no user of this name.")
    return Principal(user.id, "user", username=user.username, disabled=user.disabled)


@dataclass(frozen=True, slots=True)
class Name:
    """What a person or a group is called, and nothing else of them."""

    kind: NamedKind
    name: str


def find_names(session: Session, part: str, *, kind: NamedKind | None, limit: int) -> list[Name]:
    """At most ``limit`` names that hold ``part``: of active people, then of groups.

    Of each kind those that begin with it come first. Raises InvalidInput for less than
    FEWEST_LETTERS.
    """
    if len("".join(part.split())) < FEWEST_LETTERS:
        raise InvalidInput(f"Give {FEWEST_LETTERS} letters of the name or more.")
    found: list[Name] = []
    if kind != "group":
        active = (User.kind == "person", User.disabled.is_(False))
        names = _names(session, User.username, normalise_username(part), limit, *active)
        found += [Name("user", name) for name in names]
    if kind != "user":
        names = _names(session, Group.name, normalise_group_name(part), limit - len(found))
        found += [Name("group", name) for name in names]
    return found


def _names(
    session: Session,
    column: InstrumentedAttribute[str],
    part: str,
    limit: int,
    *conditions: ColumnElement[bool],
) -> Sequence[str]:
    wanted = select(column).where(column.contains(part, autoescape=True), *conditions)
    first = column.startswith(part, autoescape=True).desc()
    return session.scalars(wanted.order_by(first, column).limit(limit)).all()
