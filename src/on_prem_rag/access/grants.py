"""Giving and taking rights in a Collection: its managers' business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.models import EVERYONE, Grant, Level
from on_prem_rag.access.permissions import require
from on_prem_rag.auth.models import User
from on_prem_rag.auth.repository import find_user_by_name
from on_prem_rag.auth.users import normalise_username
from on_prem_rag.errors import Conflict, NotFound, UserNotFound


@dataclass(frozen=True, slots=True)
class GrantView:
    """A grant with its holder's name, which is None for everyone."""

    id: str
    principal: str
    username: str | None
    level: Level
    created_at: datetime


def list_grants(session: Session, caller: Caller, collection_id: str) -> list[GrantView]:
    """Every grant of a Collection, oldest first. Raises CollectionNotFound or Forbidden."""
    require(session, caller, collection_id, "manage")
    rows = session.execute(
        select(Grant, User.username)
        .outerjoin(User, User.id == Grant.principal)
        .where(Grant.collection_id == collection_id)
        .order_by(Grant.created_at, Grant.id)
    )
    return [_view(grant, username) for grant, username in rows]


def put_grant(
    session: Session, caller: Caller, collection_id: str, principal: str, level: Level
) -> GrantView:
    """Give ``principal`` (a user name, or ``everyone``) a level, replacing an earlier one.

    Raises CollectionNotFound, Forbidden, UserNotFound, and Conflict for a private Collection.
    """
    collection = require(session, caller, collection_id, "manage")
    if collection.private:
        raise Conflict("A private collection is for its owner alone.")
    name = normalise_username(principal)
    user = None if name == EVERYONE else find_user_by_name(session, name)
    if user is None and name != EVERYONE:
        raise UserNotFound("There is no user of this name.")
    holder = user.id if user else EVERYONE
    grant = session.scalar(
        select(Grant).where(Grant.collection_id == collection_id, Grant.principal == holder)
    )
    if grant is None:
        grant = Grant(collection_id=collection_id, principal=holder)
        session.add(grant)
    grant.level = level
    session.flush()
    return _view(grant, user.username if user else None)


def delete_grant(session: Session, caller: Caller, collection_id: str, grant_id: str) -> None:
    """Take a right away. Raises CollectionNotFound, Forbidden, NotFound."""
    require(session, caller, collection_id, "manage")
    grant = session.get(Grant, grant_id)
    if grant is None or grant.collection_id != collection_id:
        raise NotFound("There is no such grant.")
    session.delete(grant)


def _view(grant: Grant, username: str | None) -> GrantView:
    level = cast(Level, grant.level)
    return GrantView(grant.id, grant.principal, username, level, grant.created_at)
