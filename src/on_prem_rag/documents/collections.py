"""Creating, listing, changing and deleting Collections."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.models import EVERYONE, Collection, Grant, Level
from on_prem_rag.access.permissions import levels, readable, require
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.documents.models import Document
from on_prem_rag.documents.repository import DocumentRepository
from on_prem_rag.errors import InvalidInput, NameTaken

_MAX_NAME = 200


@dataclass(frozen=True)
class CollectionSummary:
    """A Collection as its reader sees it: their own level in it and how much it holds."""

    collection: Collection
    level: Level
    document_count: int


class CollectionService:
    """What callers may do with Collections."""

    def __init__(self, documents: DocumentRepository) -> None:
        self._documents = documents

    def create(
        self,
        session: Session,
        caller: Caller,
        name: str,
        *,
        description: str = "",
        private: bool = False,
        open_to_everyone: bool = False,
    ) -> CollectionSummary:
        """Create a Collection the caller owns. Raises InvalidInput or NameTaken."""
        name = _checked_name(name)
        self._refuse_taken(session, caller, name)
        collection = Collection(
            name=name, description=description, owner_id=caller.id, private=private
        )
        session.add(collection)
        session.flush()
        if open_to_everyone and not private:
            session.add(Grant(collection_id=collection.id, principal=EVERYONE, level="reader"))
        record(
            session,
            Event.COLLECTION_CREATED,
            target=("collection", collection.id),
            private=private,
            open_to_everyone=open_to_everyone and not private,
        )
        return CollectionSummary(collection, "manager", 0)

    def list_collections(self, session: Session, caller: Caller) -> list[CollectionSummary]:
        """Every Collection the caller may read, by name."""
        query = select(Collection).where(readable(caller)).order_by(func.lower(Collection.name))
        collections = list(session.scalars(query))
        held = levels(session, caller, collections)
        counts = dict(
            session.execute(
                select(Document.collection_id, func.count())
                .where(Document.collection_id.in_([c.id for c in collections]))
                .group_by(Document.collection_id)
            ).all()
        )
        return [
            CollectionSummary(c, level, counts.get(c.id, 0))
            for c in collections
            if (level := held[c.id]) is not None
        ]

    def get(self, session: Session, caller: Caller, collection_id: str) -> CollectionSummary:
        """One Collection. Raises CollectionNotFound."""
        collection = require(session, caller, collection_id, "read")
        level = levels(session, caller, [collection])[collection.id]
        count = self._documents.count(session, collection_id)
        return CollectionSummary(collection, level or "reader", count)

    def update(
        self,
        session: Session,
        caller: Caller,
        collection_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
    ) -> CollectionSummary:
        """Rename or describe. Raises CollectionNotFound, Forbidden, InvalidInput or NameTaken."""
        collection = require(session, caller, collection_id, "manage")
        if name is not None and name != collection.name:
            name = _checked_name(name)
            self._refuse_taken(session, caller, name)
            collection.name = name
        if description is not None:
            collection.description = description
        changed = [k for k, v in (("name", name), ("description", description)) if v is not None]
        target = ("collection", collection_id)
        record(session, Event.COLLECTION_UPDATED, target=target, changed=changed)
        return self.get(session, caller, collection_id)

    @staticmethod
    def _refuse_taken(session: Session, caller: Caller, name: str) -> None:
        # Only the caller's own names are compared: another person's stay unknown to them.
        taken = select(Collection.id).where(
            Collection.owner_id == caller.id, func.lower(Collection.name) == name.lower()
        )
        if session.scalar(taken) is not None:
            raise NameTaken(f"You already have a collection named '{name}'.", hint="Use it.")


def _checked_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > _MAX_NAME:
        raise InvalidInput(f"A collection's name has 1 to {_MAX_NAME} characters.")
    return cleaned
