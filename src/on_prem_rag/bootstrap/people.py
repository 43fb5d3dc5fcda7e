"""Deleting a person, which concerns every part that keeps something of theirs."""

from __future__ import annotations

from typing import cast

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.models import Collection, Grant
from on_prem_rag.auth.models import Kind, Role, User
from on_prem_rag.auth.repository import get_user
from on_prem_rag.auth.users import UserService
from on_prem_rag.conversations.models import Conversation
from on_prem_rag.db.session import Database
from on_prem_rag.documents.service import DocumentService
from on_prem_rag.errors import Conflict


class UserRemoval:
    """Deletes users with what was theirs alone; what they shared passes to an heir."""

    def __init__(self, database: Database, users: UserService, documents: DocumentService) -> None:
        self._database = database
        self._users = users
        self._documents = documents

    def delete(self, user_id: str, *, heir_id: str | None = None, kind: Kind = "person") -> None:
        """Delete a user with their sessions, keys, grants, conversations and private Collections.

        The Collections they shared become the heir's, a person. Raises UserNotFound; Conflict when
        there are such and no heir, or when nobody would be left to administer.
        """
        with self._database.write() as session:
            user = get_user(session, user_id, kind)
            caller = Caller(user.id, user.username, cast(Role, user.role))
            self._pass_on(session, user, heir_id)
            private = select(Collection.id).where(Collection.owner_id == user_id)
            private_ids = session.scalars(private).all()
            session.execute(delete(Grant).where(Grant.principal == user_id))
            session.execute(delete(Conversation).where(Conversation.owner_id == user_id))
            self._users.remove(session, user_id, kind)
            # Last, because it appends to the change log.
            hashes: set[str] = set()
            for collection_id in private_ids:
                hashes.update(self._documents.delete_collection(session, caller, collection_id))
        with self._database.write() as session:
            self._documents.remove_originals(session, sorted(hashes))

    @staticmethod
    def _pass_on(session: Session, user: User, heir_id: str | None) -> None:
        shared = (Collection.owner_id == user.id) & Collection.private.is_(False)
        if heir_id is not None:
            heir = get_user(session, heir_id, "person")
            if heir.id == user.id or heir.disabled:
                raise Conflict("The heir must be someone else, who is not disabled.")
            session.execute(update(Collection).where(shared).values(owner_id=heir.id))
        elif session.scalar(select(Collection.id).where(shared).limit(1)) is not None:
            # Their names are not told: an admin may not know them.
            raise Conflict(
                "This person owns shared collections.",
                hint="Name an heir, who will own them.",
            )
