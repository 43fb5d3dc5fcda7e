"""From the name somebody types to who is meant: a person, a group, or everyone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from on_prem_rag.access.groups import find_group_by_name
from on_prem_rag.access.models import EVERYONE
from on_prem_rag.auth.repository import find_user_by_name
from on_prem_rag.auth.users import normalise_username
from on_prem_rag.errors import GroupNotFound, UserNotFound

PrincipalKind = Literal["user", "group", "everyone"]


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
