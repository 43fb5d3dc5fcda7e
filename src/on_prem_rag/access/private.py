"""The private Collection that every person has, always."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from on_prem_rag.access.models import Collection
from on_prem_rag.auth.models import User

NAME = "Private"


def open_private_collection(session: Session, user: User) -> None:
    """Give a new person a Collection that nobody else may ever read; a service account gets none.

    A ``UserHook``.
    """
    if user.kind == "person":
        session.add(Collection(name=NAME, owner_id=user.id, private=True))


def replace_private_collection(session: Session, deleted: Collection) -> None:
    """Give the owner of a private Collection just deleted an empty one if it was their last.

    Whoever deletes it wants it emptied, and has nowhere else to put what is theirs alone.
    """
    owner = session.get(User, deleted.owner_id)
    if not deleted.private or owner is None:
        return
    left = select(Collection.id).where(Collection.owner_id == owner.id, Collection.private)
    if session.scalar(left.where(Collection.id != deleted.id).limit(1)) is None:
        open_private_collection(session, owner)
