"""Queries over people and their refresh tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from on_prem_rag.auth.models import ApiKey, Kind, RefreshToken, User
from on_prem_rag.errors import UserNotFound


def get_user(session: Session, user_id: str, kind: Kind | None = None) -> User:
    """The user with this id, of this kind if one is given. Raises UserNotFound."""
    user = session.get(User, user_id)
    if user is None or kind not in (None, user.kind):
        raise UserNotFound("There is no such user.")
    return user


def find_user_by_name(session: Session, username: str) -> User | None:
    """The user with this normalised name."""
    return session.scalar(select(User).where(User.username == username))


def list_users(
    session: Session, *, offset: int, limit: int, kind: Kind = "person", name_part: str = ""
) -> tuple[Sequence[User], int]:
    """A page of users of one kind by name, and how many there are.

    ``name_part`` is a part of the normalised name.
    """
    wanted = (User.kind == kind, User.username.contains(name_part, autoescape=True))
    page = select(User).where(*wanted).order_by(User.username)
    users = session.scalars(page.offset(offset).limit(limit)).all()
    return users, session.scalar(select(func.count()).select_from(User).where(*wanted)) or 0


def lock_admins(session: Session) -> None:
    """Let no one else change who administers until the unit of work ends."""
    admins = select(User.id).where(User.role == "admin").order_by(User.id)
    session.execute(admins.with_for_update())


def count_enabled_admins(session: Session) -> int:
    """How many people can still administer."""
    enabled = select(func.count()).where(User.role == "admin", User.disabled.is_(False))
    return session.scalar(enabled) or 0


def family_is_alive(session: Session, user_id: str, family_id: str, now: datetime) -> bool:
    """Whether a sign-in of this user was neither ended nor left idle too long."""
    alive = select(RefreshToken.id).where(
        RefreshToken.user_id == user_id,
        RefreshToken.family_id == family_id,
        RefreshToken.revoked_at.is_(None),
        RefreshToken.expires_at > now,
    )
    return session.scalar(alive.limit(1)) is not None


def find_refresh_token(session: Session, token_hash: str) -> RefreshToken | None:
    """The refresh token with this hash."""
    return session.scalar(select(RefreshToken).where(RefreshToken.token_hash == token_hash))


def use_refresh_token(session: Session, token: RefreshToken, now: datetime) -> bool:
    """Mark the token used; False when another request did so first."""
    used = session.execute(
        update(RefreshToken)
        .where(RefreshToken.id == token.id, RefreshToken.used_at.is_(None))
        .values(used_at=now)
        .returning(RefreshToken.id)
    )
    return used.scalar_one_or_none() is not None


def revoke_family(session: Session, family_id: str, now: datetime) -> None:
    """End one sign-in."""
    session.execute(
        update(RefreshToken)
        .where(RefreshToken.family_id == family_id, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def delete_dead_tokens(session: Session, user_id: str, now: datetime) -> None:
    """Forget a user's tokens that can no longer matter."""
    session.execute(
        delete(RefreshToken).where(
            RefreshToken.user_id == user_id,
            or_(RefreshToken.expires_at < now, RefreshToken.revoked_at.is_not(None)),
        )
    )


def end_all_sessions(session: Session, user: User, now: datetime) -> None:
    """Kill every token the user holds: the epoch ends access tokens, the rest refresh tokens."""
    user.epoch += 1
    session.execute(
        update(RefreshToken)
        .where(RefreshToken.user_id == user.id, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def count_active_sessions(session: Session, now: datetime) -> int:
    """Sign-ins that can still be refreshed."""
    return (
        session.scalar(
            select(func.count(func.distinct(RefreshToken.family_id))).where(
                RefreshToken.revoked_at.is_(None), RefreshToken.expires_at > now
            )
        )
        or 0
    )


def revoke_keys_of(session: Session, user_id: str, now: datetime) -> None:
    """End every API key of a user."""
    session.execute(
        update(ApiKey)
        .where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=now)
    )
