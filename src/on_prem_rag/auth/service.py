"""Signing in and staying signed in.

An access token is a JWT of minutes. A refresh token is opaque, kept only as a hash, and used once:
using it gives the next one of its family. Using one again means that two parties hold it, so the
family ends; only within a short grace is a second use taken for two tabs that raced.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import structlog
from sqlalchemy.orm import Session

from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record, text_hash
from on_prem_rag.auth import repository
from on_prem_rag.auth.identity import Identity
from on_prem_rag.auth.keys import MARK, ApiKeys
from on_prem_rag.auth.models import RefreshToken, Role, User
from on_prem_rag.auth.passwords import Passwords, check_strength
from on_prem_rag.auth.throttle import LoginThrottle
from on_prem_rag.auth.tokens import AccessTokens
from on_prem_rag.auth.users import UserService, normalise_username
from on_prem_rag.db.base import new_id, utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.errors import (
    InvalidInput,
    ServiceUnavailable,
    Unauthenticated,
    UserNotFound,
    WrongPassword,
)

REUSE_GRACE = timedelta(seconds=10)
_WRONG = "The user name or the password is wrong."
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a sign-in returns; ``expires_in`` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    must_change_password: bool


class AuthService:
    """Sign-in, refresh, sign-out and change of password; ``users`` and ``keys`` manage both.

    Opens its own short units of work, because hashing a password must not hold one.
    """

    def __init__(
        self,
        database: Database,
        tokens: AccessTokens,
        passwords: Passwords,
        *,
        session_timeout: timedelta = timedelta(hours=24),
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.users = UserService(database, passwords)
        self.keys = ApiKeys(database, clock=clock)
        self._database = database
        self._tokens = tokens
        self._passwords = passwords
        self._session_timeout = session_timeout
        self._throttle = LoginThrottle(database, clock=clock)
        self._now = clock

    def login(self, username: str, password: str, *, address: str) -> TokenPair:
        """Sign in. Raises Unauthenticated alike for a wrong name, password or disabled user,
        TooManyRequests after too many failures from ``address`` or for this name.
        """
        name = normalise_username(username)[:128]
        self._throttle.admit(name, address)
        with self._database.read() as session:
            user = repository.find_user_by_name(session, name)
        known = user is not None and not user.disabled and user.kind == "person"
        encoded = user.password_hash if user is not None and known else None
        if not self._matches(name, address, password, encoded) or user is None:
            _log.info("login_failed", address=address)
            self._record_failure(name, user)
            raise Unauthenticated(_WRONG, hint="Check both and try again.")
        with self._database.write() as session:
            self._throttle.succeeded(session, name, address)
            current = session.get(User, user.id)
            if current is None or current.disabled or current.epoch != user.epoch:
                raise Unauthenticated(_WRONG)  # it changed while the password was being checked
            repository.delete_dead_tokens(session, user.id, self._now())
            record(session, Event.LOGIN, actor=current, target=("user", user.id))
            return self._issue(session, current, new_id())

    def refresh(self, refresh_token: str) -> TokenPair:
        """Exchange a refresh token for the next pair. Raises Unauthenticated."""
        with self._database.write() as session:
            pair = self._rotate(session, refresh_token)
        # Raised after the commit: the end of a family whose token was stolen must stand.
        if pair is None:
            raise Unauthenticated("The session has ended.")
        return pair

    def logout(self, family_id: str) -> None:
        """End one sign-in, its access tokens included."""
        with self._database.write() as session:
            repository.revoke_family(session, family_id, self._now())
            record(session, Event.LOGOUT, target=("session", family_id))

    def logout_everywhere(self, user_id: str) -> None:
        """End every sign-in of a person, on whatever machine; API keys stay."""
        with self._database.write() as session:
            user = repository.get_user(session, user_id)
            repository.end_all_sessions(session, user, self._now())
            record(session, Event.LOGOUT_EVERYWHERE, target=("user", user_id))

    def authenticate(self, access_token: str) -> Identity:
        """Who holds this access token or API key. Raises Unauthenticated, also once the user was
        disabled, the epoch rose or the sign-in ended.
        """
        if access_token.startswith(MARK):
            return self.keys.authenticate(access_token)
        claims = self._tokens.verify(access_token)
        with self._database.read() as session:
            user = session.get(User, claims.user_id)
            now = self._now()
            alive = repository.family_is_alive(session, claims.user_id, claims.family_id, now)
        if user is None or user.disabled or user.epoch != claims.epoch or not alive:
            raise Unauthenticated("The access token is not valid or has expired.")
        return Identity(
            user_id=user.id,
            username=user.username,
            role=cast(Role, user.role),
            must_change_password=user.must_change_password,
            family_id=claims.family_id,
        )

    def change_password(self, user_id: str, current: str, new: str, *, address: str) -> TokenPair:
        """Replace one's own password; every other session ends and a fresh one is returned.

        Raises WrongPassword, WeakPassword, InvalidInput when both are the same, TooManyRequests.
        """
        with self._database.read() as session:
            user = repository.get_user(session, user_id)
        self._throttle.admit(user.username, address)
        if not self._matches(user.username, address, current, user.password_hash):
            with self._database.write() as session:
                target = ("user", user.id)
                record(session, Event.PASSWORD_CHANGE_FAILED, target=target, outcome="failure")
            raise WrongPassword("The current password is wrong.")
        with self._database.write() as session:
            self._throttle.succeeded(session, user.username, address)
        check_strength(new, user.username)
        if new == current:
            raise InvalidInput("The new password must differ from the current one.")
        encoded = self._passwords.hash(new)
        with self._database.write() as session:
            user = repository.get_user(session, user_id)
            user.password_hash = encoded
            user.must_change_password = False
            record(session, Event.PASSWORD_CHANGED, actor=user, target=("user", user.id))
            repository.end_all_sessions(session, user, self._now())
            return self._issue(session, user, new_id())

    def _matches(self, name: str, address: str, password: str, encoded: str | None) -> bool:
        try:
            return self._passwords.verify(password, encoded)
        except ServiceUnavailable:
            self._throttle.undecided(name, address)
            raise

    def _record_failure(self, name: str, user: User | None) -> None:
        with self._database.write() as session:
            # Of an unknown name only a hash: a password is easily typed into the wrong field.
            unknown = None if user else text_hash(session, name)
            target = ("user", user.id) if user else None
            event = Event.LOGIN_FAILED
            record(session, event, target=target, outcome="failure", name_hash=unknown)

    def _issue(self, session: Session, user: User, family_id: str) -> TokenPair:
        now = self._now()
        opaque = secrets.token_urlsafe(32)
        session.add(
            RefreshToken(
                user_id=user.id,
                family_id=family_id,
                token_hash=_digest(opaque),
                created_at=now,
                expires_at=now + self._session_timeout,
            )
        )
        access = self._tokens.issue(user.id, epoch=user.epoch, family_id=family_id)
        return TokenPair(access, opaque, self._tokens.lifetime, user.must_change_password)

    def _rotate(self, session: Session, opaque: str) -> TokenPair | None:
        now = self._now()
        token = repository.find_refresh_token(session, _digest(opaque))
        if token is None or token.revoked_at is not None or token.expires_at <= now:
            return None
        if not repository.use_refresh_token(session, token, now):
            session.refresh(token)
            if token.used_at is None or now - token.used_at > REUSE_GRACE:
                _log.warning("refresh_token_reused", user_id=token.user_id)
                repository.revoke_family(session, token.family_id, now)
                target = ("user", token.user_id)
                record(session, Event.TOKEN_REUSED, target=target, outcome="failure")
                return None
        try:
            user = repository.get_user(session, token.user_id)
        except UserNotFound:
            return None
        return None if user.disabled else self._issue(session, user, token.family_id)


def _digest(opaque: str) -> str:
    # The token is 256 random bits, so a plain fast hash is enough at rest.
    return hashlib.sha256(opaque.encode("utf-8", "surrogatepass")).hexdigest()
