"""The private Collection that every person has."""

from __future__ import annotations

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
