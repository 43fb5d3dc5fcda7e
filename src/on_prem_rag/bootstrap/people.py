"""Deleting a person, which concerns every part that keeps something of theirs."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from on_prem_rag.access.models import Collection, Grant
from on_prem_rag.audit.models import Receipt
from on_prem_rag.audit.receipts import ReceiptKind, Removal
from on_prem_rag.auth.models import Kind, User
from on_prem_rag.auth.repository import get_user
from on_prem_rag.auth.users import UserService
from on_prem_rag.conversations.erasure import take_away_conversations
from on_prem_rag.conversations.models import Conversation
from on_prem_rag.db.base import new_id
from on_prem_rag.db.session import Database
from on_prem_rag.documents.service import Deletion, DocumentService
from on_prem_rag.errors import Conflict, HeirNeeded

_RECEIPTS: dict[Kind, ReceiptKind] = {"person": "person", "service": "service_account"}


class UserRemoval:
    """Deletes users with what was theirs alone; what they shared passes to an heir."""

    def __init__(self, database: Database, users: UserService, documents: DocumentService) -> None:
        self._database = database
        self._users = users
        self._documents = documents

    def delete(self, user_id: str, *, heir_id: str | None = None, kind: Kind = "person") -> Receipt:
        """Delete a user with their sessions, keys, grants, conversations and private Collections.

        The Collections they shared become the heir's, a person. Raises UserNotFound; Conflict when
        there are such and no heir, or when nobody would be left to administer.
        """
        removal = Removal()
        with self._database.write() as session:
            user = get_user(session, user_id, kind)
            self._pass_on(session, user, heir_id)
            owned = select(Collection).where(Collection.owner_id == user_id)
            private = session.scalars(owned).all()
            session.execute(delete(Grant).where(Grant.principal == user_id))
            take_away_conversations(session, Conversation.owner_id == user_id, removal)
            receipt_id = new_id()
            self._users.remove(session, user_id, kind, receipt_id=receipt_id, heir_id=heir_id)
            # Last, because it appends to the change log.
            for collection in private:
                self._documents.take_away_collection(session, collection, removal)
            receipt = self._documents.receipts.write(
                session, _RECEIPTS[kind], user_id, removal, receipt_id=receipt_id
            )
        deletion = Deletion(receipt, tuple(removal.originals))
        with self._database.write() as session:
            self._documents.remove_originals(session, deletion)
        return receipt

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
            raise HeirNeeded("This person owns shared collections.")
