"""Giving and taking rights in a Collection: its managers' business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.models import EVERYONE, Grant, Group, Level
from on_prem_rag.access.permissions import require
from on_prem_rag.access.principals import PrincipalKind, find_principal
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.auth.models import User
from on_prem_rag.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class GrantView:
    """A grant with its holder: ``username`` for a user, ``group`` for a group, else both None."""

    id: str
    principal: str
    kind: PrincipalKind
    username: str | None
    group: str | None
    level: Level
    created_at: datetime


def list_grants(session: Session, caller: Caller, collection_id: str) -> list[GrantView]:
    """Every grant of a Collection, oldest first. Raises CollectionNotFound or Forbidden."""
    require(session, caller, collection_id, "manage")
    rows = session.execute(
        select(Grant, User.username, Group.name)
        .outerjoin(User, User.id == Grant.principal)
        .outerjoin(Group, Group.id == Grant.principal)
        .where(Grant.collection_id == collection_id)
        .order_by(Grant.created_at, Grant.id)
    )
    return [_view(grant, username, group) for grant, username, group in rows]


def put_grant(
    session: Session,
    caller: Caller,
    collection_id: str,
    principal: str,
    level: Level,
    *,
    kind: PrincipalKind | None = None,
) -> GrantView:
    """Give ``principal`` (a name, or ``everyone``) a level, replacing an earlier one.

    Without a ``kind`` the name is a user's, or ``everyone``. Raises CollectionNotFound, Forbidden,
    UserNotFound, GroupNotFound, and Conflict for a private Collection.
    """
    collection = require(session, caller, collection_id, "manage")
    if collection.private:
        raise Conflict("A private collection is for its owner alone.")
    holder = find_principal(session, principal, kind)
    grant = session.scalar(
        select(Grant).where(Grant.collection_id == collection_id, Grant.principal == holder.id)
    )
    if grant is None:
        grant = Grant(collection_id=collection_id, principal=holder.id)
        session.add(grant)
    grant.level = level
    session.flush()
    record(
        session,
        Event.GRANT_PUT,
        target=("collection", collection_id),
        grant_id=grant.id,
        principal=holder.id,
        level=level,
    )
    return _view(grant, holder.username, holder.group)


def delete_grant(session: Session, caller: Caller, collection_id: str, grant_id: str) -> None:
    """Take a right away. Raises CollectionNotFound, Forbidden, NotFound."""
    require(session, caller, collection_id, "manage")
    grant = session.get(Grant, grant_id)
    if grant is None or grant.collection_id != collection_id:
        raise NotFound("There is no such grant.")
    session.delete(grant)
    record(
        session,
        Event.GRANT_DELETED,
        target=("collection", collection_id),
        grant_id=grant_id,
        principal=grant.principal,
        level=grant.level,
    )


def _view(grant: Grant, username: str | None, group: str | None) -> GrantView:
    kind: PrincipalKind = "group" if group is not None else "user"
    if grant.principal == EVERYONE:
        kind = "everyone"
    level = cast(Level, grant.level)
    return GrantView(grant.id, grant.principal, kind, username, group, level, grant.created_at)
