"""Creating people and changing what they may do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError

from on_prem_rag.auth import repository
from on_prem_rag.auth.models import Role, User
from on_prem_rag.auth.passwords import Passwords, check_strength, one_time_password
from on_prem_rag.db.base import utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.errors import Conflict, InvalidInput

FIRST_ADMIN = "admin"
_NAME = re.compile(r"[^\W_][\w.@+-]{0,127}")
_RESERVED = frozenset({"operator", "everyone"})


class UserService:
    """Manages users. Whether the caller may is decided by the route: only admins get here."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    def create_first_admin(self) -> str | None:
        """On an empty table create ``admin``; return their one-time password, else None."""
        with self._database.read() as session:
            if repository.list_users(session, offset=0, limit=1)[1]:
                return None
        try:
            return self.create(FIRST_ADMIN, role="admin")[1]
        except Conflict:
            return None  # another replica was first

    def create(
        self, username: str, *, role: Role = "member", password: str | None = None
    ) -> tuple[User, str | None]:
        """Add a user; without a password return a one-time one that must be replaced.

        Raises InvalidInput for a bad name, WeakPassword, Conflict when the name is taken.
        """
        name = normalise_username(username)
        if not _NAME.fullmatch(name) or name in _RESERVED:
            raise InvalidInput(
                "A user name starts with a letter or digit and holds letters, digits and . _ @ + -"
            )
        if password is not None:
            check_strength(password, name)
        one_time = one_time_password() if password is None else None
        user = User(
            username=name,
            password_hash=self._passwords.hash(password or one_time or ""),
            role=role,
            must_change_password=one_time is not None,
        )
        try:
            with self._database.write() as session:
                session.add(user)
        except IntegrityError:
            raise Conflict("A user with this name exists already.") from None
        return user, one_time

    def list(self, *, offset: int = 0, limit: int = 50) -> tuple[Sequence[User], int]:
        """A page of users by name, and how many there are."""
        with self._database.read() as session:
            return repository.list_users(session, offset=offset, limit=limit)

    def get(self, user_id: str) -> User:
        """One user. Raises UserNotFound."""
        with self._database.read() as session:
            return repository.get_user(session, user_id)

    def update(
        self, user_id: str, *, role: Role | None = None, disabled: bool | None = None
    ) -> User:
        """Change a role, or disable or enable. Either ends all of the user's sessions.

        Raises UserNotFound; Conflict when nobody would be left to administer.
        """
        with self._database.write() as session:
            user = repository.get_user(session, user_id)
            before = (user.role, user.disabled)
            user.role = role if role is not None else user.role
            user.disabled = disabled if disabled is not None else user.disabled
            if (user.role, user.disabled) != before:
                repository.end_all_sessions(session, user, utc_now())
            session.flush()
            if repository.count_enabled_admins(session) == 0:
                raise Conflict("This is the last admin; make someone else an admin first.")
            return user

    def reset_password(self, user_id: str) -> str:
        """Give a user a new one-time password, and end their sessions. Raises UserNotFound."""
        password = one_time_password()
        encoded = self._passwords.hash(password)
        with self._database.write() as session:
            user = repository.get_user(session, user_id)
            user.password_hash = encoded
            user.must_change_password = True
            repository.end_all_sessions(session, user, utc_now())
        return password


def normalise_username(username: str) -> str:
    """The form a name is stored and looked up in: one spelling for what looks the same."""
    return unicodedata.normalize("NFKC", username).strip().casefold()
