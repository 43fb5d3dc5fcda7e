"""Whose limits are what.

What is set for a person holds for them; else the most generous of what is set for their groups,
each limit by itself, where a group's limit is what every member gets; else the default. What is
set for an API key bounds the key besides, within what its owner has left. 0 is without limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Literal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from on_prem_rag.access.groups import get_group
from on_prem_rag.access.models import Group, GroupMember, LimitSet
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.auth.models import ApiKey, User
from on_prem_rag.auth.repository import get_user
from on_prem_rag.db.session import flush_or_conflict
from on_prem_rag.errors import ApiKeyNotFound, InvalidInput

HolderKind = Literal["user", "group", "api_key"]
_ID: dict[HolderKind, InstrumentedAttribute[str | None]] = {
    "user": LimitSet.user_id,
    "group": LimitSet.group_id,
    "api_key": LimitSet.api_key_id,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What someone may use: numbers, and bytes; 0 is without limit."""

    requests_per_minute: int = 0
    queries_per_minute: int = 0
    queries_per_day: int = 0
    upload_bytes_per_day: int = 0
    storage_bytes: int = 0


@dataclass(frozen=True, slots=True)
class LimitView:
    """What is set for one holder, with its name; of a key its owner's name comes first."""

    kind: HolderKind
    id: str
    name: str
    values: LimitSet


class LimitBook:
    """Says what holds for whom; ``defaults`` holds for everyone for whom nothing is set."""

    def __init__(self, defaults: Limits) -> None:
        self.defaults = defaults

    def of_user(self, session: Session, user_id: str) -> Limits:
        """The limits of a person or a service account."""
        groups = select(GroupMember.group_id).where(GroupMember.user_id == user_id)
        theirs = or_(LimitSet.user_id == user_id, LimitSet.group_id.in_(groups))
        found = session.scalars(select(LimitSet).where(theirs)).all()
        own = [one for one in found if one.user_id is not None]
        shared = [one for one in found if one.user_id is None]
        return Limits(
            *(
                _first(_most(_set(own, name)), _most(_set(shared, name)), default)
                for name, default in zip(_NAMES, astuple(self.defaults), strict=True)
            )
        )

    def of_key(self, session: Session, key_id: str) -> Limits:
        """What bounds an API key besides its owner's limits."""
        found = session.scalars(select(LimitSet).where(LimitSet.api_key_id == key_id)).all()
        return Limits(*(_first(_most(_set(found, name)), None, 0) for name in _NAMES))


def list_limits(session: Session, *, offset: int, limit: int) -> tuple[list[LimitView], int]:
    """A page of what is set, by kind and name, and for how many holders something is."""
    query = (
        select(LimitSet, User.username, Group.name, ApiKey.name)
        .outerjoin(ApiKey, ApiKey.id == LimitSet.api_key_id)
        .outerjoin(User, or_(User.id == LimitSet.user_id, User.id == ApiKey.user_id))
        .outerjoin(Group, Group.id == LimitSet.group_id)
        .order_by(LimitSet.user_id.is_(None), LimitSet.group_id.is_(None))
        .order_by(User.username, Group.name, LimitSet.id)
    )
    views = [
        _view(values, username, group, key)
        for values, username, group, key in session.execute(query.offset(offset).limit(limit))
    ]
    return views, session.scalar(select(func.count()).select_from(LimitSet)) or 0


def set_limits(
    session: Session, kind: HolderKind, holder_id: str, values: Mapping[str, int | None]
) -> LimitView:
    """Set some of a holder's limits, by their names in ``Limits``, None for no longer.

    Raises UserNotFound, GroupNotFound or ApiKeyNotFound; InvalidInput for the storage of a key,
    which is its owner's.
    """
    if kind == "api_key" and values.get("storage_bytes") is not None:
        raise InvalidInput("Storage is its owner's, not an API key's.")
    username, group, key = _names(session, kind, holder_id)
    row = session.scalar(select(LimitSet).where(_ID[kind] == holder_id))
    if row is None:
        row = LimitSet(**{_ID[kind].key: holder_id})
        session.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    flush_or_conflict(session)
    record(session, Event.LIMIT_SET, target=(kind, holder_id), limits=dict(values))
    return _view(row, username, group, key)


def clear_limits(session: Session, kind: HolderKind, holder_id: str) -> None:
    """Let the defaults hold again; nothing changes where nothing is set. Raises as above."""
    _names(session, kind, holder_id)
    row = session.scalar(select(LimitSet).where(_ID[kind] == holder_id))
    if row is not None:
        session.delete(row)
        record(session, Event.LIMIT_CLEARED, target=(kind, holder_id))


_NAMES = tuple(Limits.__dataclass_fields__)


def _set(rows: Iterable[LimitSet], name: str) -> list[int]:
    return [value for row in rows if (value := getattr(row, name)) is not None]


def _most(values: Sequence[int]) -> int | None:
    """The most generous: 0, which is without limit, before the greatest."""
    return None if not values else 0 if 0 in values else max(values)


def _first(own: int | None, shared: int | None, default: int) -> int:
    if own is not None:
        return own
    return default if shared is None else shared


def _names(
    session: Session, kind: HolderKind, holder_id: str
) -> tuple[str | None, str | None, str | None]:
    """Names of the user, the group and the key, those that apply."""
    if kind == "user":
        return get_user(session, holder_id).username, None, None
    if kind == "group":
        return None, get_group(session, holder_id).group.name, None
    key = session.get(ApiKey, holder_id)
    if key is None:
        raise ApiKeyNotFound("There is no such API key.")
    return get_user(session, key.user_id).username, None, key.name


def _view(values: LimitSet, username: str | None, group: str | None, key: str | None) -> LimitView:
    if values.api_key_id is not None:
        return LimitView("api_key", values.api_key_id, f"{username}: {key}", values)
    if values.group_id is not None:
        return LimitView("group", values.group_id, group or "", values)
    return LimitView("user", values.user_id or "", username or "", values)
