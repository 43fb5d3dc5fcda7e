"""Creating people and changing what they may do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.auth import repository
from on_prem_rag.auth.models import Kind, Role, User
from on_prem_rag.auth.passwords import Passwords, check_strength, one_time_password
from on_prem_rag.db.base import utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.errors import InvalidInput, LastAdmin, NameTaken

FIRST_ADMIN = "admin"
UserHook = Callable[[Session, User], object]
"""Called with a user just created, in the creating transaction."""
_NAME = re.compile(r"[^\W_][\w.@+-]{0,127}")
_RESERVED = frozenset({"operator", "everyone"})


class UserService:
    """Manages people and service accounts. Whether the caller may is decided by the route.

    A ``kind`` bounds a method to people or to service accounts; the other kind does not exist for
    it. ``creation_hooks`` prepare what other parts keep for a new user.
    """

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self.creation_hooks: list[UserHook] = []
        self._database = database
        self._passwords = passwords

    def create_first_admin(self) -> str | None:
        """On an empty table create ``admin``; return their one-time password, else None."""
        with self._database.read() as session:
            if repository.list_users(session, offset=0, limit=1)[1]:
                return None
        try:
            return self.create(FIRST_ADMIN, role="admin")[1]
        except NameTaken:
            return None  # another replica was first

    def create(
        self,
        username: str,
        *,
        role: Role = "member",
        password: str | None = None,
    ) -> tuple[User, str | None]:
        """Add a person; without a password return a one-time one that must be replaced.

        Raises InvalidInput for a bad name, WeakPassword, NameTaken.
        """
        name = _checked_name(username)
        if password is not None:
            check_strength(password, name)
        one_time = one_time_password() if password is None else None
        user = User(
            username=name,
            password_hash=self._passwords.hash(password or one_time or ""),
            role=role,
            must_change_password=one_time is not None,
        )
        self._add(user)
        return user, one_time

    def create_service_account(self, username: str) -> User:
        """Add a service account: a member who holds grants and API keys but no password.

        Raises InvalidInput for a bad name, NameTaken.
        """
        user = User(username=_checked_name(username), kind="service", password_hash="")
        self._add(user)
        return user

    def list(
        self, *, offset: int = 0, limit: int = 50, kind: Kind = "person", search: str = ""
    ) -> tuple[Sequence[User], int]:
        """A page of users by name, and how many there are; ``search`` is a part of the name."""
        part = normalise_username(search)
        with self._database.read() as session:
            return repository.list_users(
                session, offset=offset, limit=limit, kind=kind, name_part=part
            )

    def get(self, user_id: str, kind: Kind = "person") -> User:
        """One user. Raises UserNotFound."""
        with self._database.read() as session:
            return repository.get_user(session, user_id, kind)

    def update(
        self,
        user_id: str,
        *,
        role: Role | None = None,
        disabled: bool | None = None,
        kind: Kind = "person",
    ) -> User:
        """Change a role, or disable or enable. Either ends all of the user's sessions.

        Raises UserNotFound; LastAdmin when nobody would be left to administer.
        """
        with self._database.write() as session:
            repository.lock_admins(session)
            user = repository.get_user(session, user_id, kind)
            administered = _administers(user)
            before = (user.role, user.disabled)
            user.role = role if role is not None else user.role
            user.disabled = disabled if disabled is not None else user.disabled
            _record_change(session, user, *before)
            if (user.role, user.disabled) != before:
                repository.end_all_sessions(session, user, utc_now())
            session.flush()
            if administered:
                _require_an_admin(session)
            return user

    def remove(
        self,
        session: Session,
        user_id: str,
        kind: Kind = "person",
        *,
        receipt_id: str,
        heir_id: str | None = None,
    ) -> None:
        """Delete the user's row, with all that refers to it, in the caller's unit of work.

        What the user owned is the caller's to deal with. Raises UserNotFound; LastAdmin when nobody
        would be left to administer.
        """
        repository.lock_admins(session)
        user = repository.get_user(session, user_id, kind)
        administered = _administers(user)
        session.delete(user)
        target = ("user", user_id)
        record(
            session,
            Event.USER_DELETED,
            target=target,
            kind=kind,
            receipt_id=receipt_id,
            heir_id=heir_id,
        )
        session.flush()
        if administered:
            _require_an_admin(session)

    def reset_password(self, user_id: str) -> str:
        """Give a person a new one-time password, and end their sessions and API keys.

        Raises UserNotFound.
        """
        password = one_time_password()
        encoded = self._passwords.hash(password)
        with self._database.write() as session:
            user = repository.get_user(session, user_id, "person")
            user.password_hash = encoded
            user.must_change_password = True
            repository.end_all_sessions(session, user, utc_now())
            repository.revoke_keys_of(session, user_id, utc_now())
            record(session, Event.PASSWORD_RESET, target=("user", user_id))
        return password

    def _add(self, user: User) -> None:
        with self._database.write() as session:
            session.add(user)
            try:
                session.flush()
            except IntegrityError:
                raise NameTaken("A user with this name exists already.") from None
            target = ("user", user.id)
            record(session, Event.USER_CREATED, target=target, role=user.role, kind=user.kind)
            for hook in self.creation_hooks:
                hook(session, user)


def _checked_name(username: str) -> str:
    name = normalise_username(username)
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise InvalidInput(
            "A user name starts with a letter or digit and holds letters, digits and . _ @ + -"
        )
    return name


def _record_change(session: Session, user: User, role: str, disabled: bool) -> None:
    target = ("user", user.id)
    if user.role != role:
        record(session, Event.USER_ROLE, target=target, before=role, after=user.role)
    if user.disabled != disabled:
        event = Event.USER_DISABLED if user.disabled else Event.USER_ENABLED
        record(session, event, target=target)


def _administers(user: User) -> bool:
    return user.role == "admin" and not user.disabled


def _require_an_admin(session: Session) -> None:
    if repository.count_enabled_admins(session) == 0:
        raise LastAdmin("This is the last admin.")


def normalise_username(username: str) -> str:
    """The form a name is stored and looked up in: one spelling for what looks the same."""
    return unicodedata.normalize("NFKC", username).strip().casefold()
