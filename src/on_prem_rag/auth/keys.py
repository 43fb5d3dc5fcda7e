"""API keys: long-lived bearers for programs, each narrowed to scopes and ending on its own day.

A key reads ``ork_<prefix>_<secret>``: a prefix that finds its row, and 32 random bytes. Only a hash
of the whole is kept. A plain SHA-256 is enough, because nobody can guess 256 random bits.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast, get_args

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.auth import repository
from on_prem_rag.auth.identity import Identity
from on_prem_rag.auth.models import ApiKey, Role, User
from on_prem_rag.db.base import utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.errors import ApiKeyNotFound, Conflict, InvalidInput, Unauthenticated

Scope = Literal["read", "ask", "write"]
"""``read``: search and documents. ``ask``: questions and conversations. ``write``: add, delete."""
SCOPES: tuple[Scope, ...] = get_args(Scope)
MARK = "ork_"
MAX_DAYS = 366
MAX_LIVE_KEYS = 50
_MAX_NAME = 128
_FORM = re.compile(r"ork_([0-9a-f]{12})_[A-Za-z0-9_-]{43}", re.ASCII)
_NO_HASH = "0" * 64
_USE_RECORDED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key with its owner's name."""

    key: ApiKey
    username: str


class ApiKeys:
    """Makes, lists, revokes and checks keys. Opens its own short units of work."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = clock

    def create(
        self, user_id: str, name: str, scopes: Iterable[Scope], *, days: int = 90
    ) -> tuple[KeyView, str]:
        """A new key of this user, and its text, which is not kept.

        Raises UserNotFound; InvalidInput for a bad name, no scope or a bad number of days; Conflict
        when the user has as many keys as one may have.
        """
        cleaned, wanted = " ".join(name.split()), set(scopes)
        if not cleaned or len(cleaned) > _MAX_NAME:
            raise InvalidInput(f"A key's name has 1 to {_MAX_NAME} characters.")
        if not wanted or not wanted <= set(SCOPES):
            raise InvalidInput(f"A key needs one or more of the scopes {', '.join(SCOPES)}.")
        if not 1 <= days <= MAX_DAYS:
            raise InvalidInput(f"A key lives 1 to {MAX_DAYS} days.")
        prefix = secrets.token_hex(6)
        text = f"{MARK}{prefix}_{secrets.token_urlsafe(32)}"
        now = self._now()
        with self._database.write() as session:
            user = repository.get_user(session, user_id)
            live = select(func.count()).where(ApiKey.user_id == user_id, _is_live(now))
            if (session.scalar(live) or 0) >= MAX_LIVE_KEYS:
                raise Conflict(f"There are {MAX_LIVE_KEYS} keys already; revoke one first.")
            key = ApiKey(
                user_id=user.id,
                name=cleaned,
                prefix=prefix,
                key_hash=_digest(text),
                scopes=" ".join(sorted(wanted)),
                created_at=now,
                expires_at=now + timedelta(days=days),
            )
            session.add(key)
            session.flush()
            record(
                session,
                Event.API_KEY_CREATED,
                target=("api_key", key.id),
                user_id=user.id,
                scopes=sorted(wanted),
                days=days,
            )
        return KeyView(key, user.username), text

    def list(
        self, user_id: str | None, *, offset: int = 0, limit: int = 50, search: str = ""
    ) -> tuple[Sequence[KeyView], int]:
        """A page of one user's keys, or of everyone's for None, newest first, and how many.

        ``search`` is a part of a key's name or of its owner's, in lower or upper case.
        """
        part = search.strip().lower()
        query = select(ApiKey, User.username).join(User, User.id == ApiKey.user_id)
        if user_id is not None:
            query = query.where(ApiKey.user_id == user_id)
        if part:
            name = func.lower(ApiKey.name).contains(part, autoescape=True)
            query = query.where(name | User.username.contains(part, autoescape=True))
        count = select(func.count()).select_from(query.subquery())
        query = query.order_by(ApiKey.created_at.desc(), ApiKey.id).offset(offset).limit(limit)
        with self._database.read() as session:
            views = [KeyView(key, username) for key, username in session.execute(query)]
            return views, session.scalar(count) or 0

    def revoke(self, key_id: str, user_id: str | None) -> None:
        """End a key, of this user or for None of anyone; it is refused at its next use.

        Raises ApiKeyNotFound.
        """
        with self._database.write() as session:
            key = session.get(ApiKey, key_id)
            if key is None or user_id not in (None, key.user_id):
                raise ApiKeyNotFound("There is no such API key.")
            key.revoked_at = key.revoked_at or self._now()
            target = ("api_key", key_id)
            record(session, Event.API_KEY_REVOKED, target=target, user_id=key.user_id)

    def authenticate(self, text: str) -> Identity:
        """Whose key this is.

        Raises Unauthenticated, with one message for a malformed, unknown, expired or revoked key
        and for a disabled owner.
        """
        form = _FORM.fullmatch(text)
        now = self._now()
        with self._database.read() as session:
            key, user = _find(session, form[1]) if form else (None, None)
        # Compared also where there is nothing to compare with, in the same time.
        matches = secrets.compare_digest(_digest(text), key.key_hash if key else _NO_HASH)
        if key is None or user is None or not matches:
            raise _refusal()
        if key.revoked_at is not None or key.expires_at <= now or user.disabled:
            raise _refusal()
        if key.last_used_at is None or now - key.last_used_at >= _USE_RECORDED_EVERY:
            self._record_use(key.id, now)
        return Identity(
            user_id=user.id,
            username=user.username,
            role=cast(Role, user.role),
            must_change_password=user.must_change_password,
            key_id=key.id,
            scopes=frozenset(key.scopes.split()),
        )

    def _record_use(self, key_id: str, now: datetime) -> None:
        with self._database.write() as session:
            session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=now))


def _find(session: Session, prefix: str) -> tuple[ApiKey, User] | tuple[None, None]:
    query = (
        select(ApiKey, User).join(User, User.id == ApiKey.user_id).where(ApiKey.prefix == prefix)
    )
    row = session.execute(query).one_or_none()
    return (row[0], row[1]) if row is not None else (None, None)


def _is_live(now: datetime) -> ColumnElement[bool]:
    return and_(ApiKey.revoked_at.is_(None), ApiKey.expires_at > now)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _refusal() -> Unauthenticated:
    return Unauthenticated("The access token is not valid or has expired.")
