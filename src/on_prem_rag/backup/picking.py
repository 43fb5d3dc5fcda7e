"""Taking single documents out of a snapshot, without restoring the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from on_prem_rag.access.models import Collection
from on_prem_rag.backup import manifest as contents
from on_prem_rag.backup.archive import Progress, read_archive
from on_prem_rag.backup.copying import require_sound
from on_prem_rag.backup.errors import SnapshotTooNew
from on_prem_rag.backup.objects import ObjectStore
from on_prem_rag.backup.repository import Repository
from on_prem_rag.backup.seal import Identities
from on_prem_rag.db import migrate
from on_prem_rag.db.session import Database
from on_prem_rag.documents.models import Document, DocumentVersion
from on_prem_rag.errors import CollectionNotFound, DocumentNotFound, InvalidInput


@dataclass(frozen=True, slots=True)
class PickedDocument:
    """A document as it was: its name, and its original's copy at ``path``."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Wish:
    """A Collection or a document, by its id or its name in the snapshot."""

    collection: str | None = None
    document: str | None = None


def pick(
    repository: Repository,
    name: str,
    identities: Identities,
    wish: Wish,
    place: Path,
    progress: Progress,
) -> list[PickedDocument]:
    """Unpack the newest originals of what is wished for below ``place``, which is empty.

    Raises CollectionNotFound, DocumentNotFound, InvalidInput for a name that several have, and what
    reading a snapshot raises.
    """
    snapshot, archive = repository.get(name), repository.archive(name)
    read_archive(archive, snapshot.sha256, identities, place, progress)
    path = place / contents.DATABASE
    require_sound(path)
    database = Database(f"sqlite:///{path}", durable=False)
    try:
        if not migrate.is_known(migrate.current_revision(database) or ""):
            raise SnapshotTooNew("The snapshot's schema is not known to this version.")
        migrate.upgrade(database)
        with database.read() as session:
            wanted = _find(session, wish)
    finally:
        database.close()
    store, picked = ObjectStore(repository), []
    for number, (document, sha256) in enumerate(wanted, 1):
        target = place / f"{number}-{sha256}"
        store.take_out(sha256, identities, target)
        picked.append(PickedDocument(document, target))
        progress("originals", number, len(wanted))
    return picked


def _find(session: Session, wish: Wish) -> list[tuple[str, str]]:
    """Names and hashes of the newest versions."""
    other = aliased(DocumentVersion)
    newest = select(func.max(other.number)).where(other.document_id == Document.id)
    query = (
        select(Document.name, DocumentVersion.sha256)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .where(DocumentVersion.number == newest.scalar_subquery())
        .order_by(Document.name)
    )
    if wish.collection is not None:
        query = query.where(Document.collection_id == _collection_id(session, wish.collection))
    if wish.document is not None:
        query = query.where(Document.id == _document_id(session, wish.document))
    return [(row[0], row[1]) for row in session.execute(query)]


def _collection_id(session: Session, wanted: str) -> str:
    query = select(Collection.id).where(or_(Collection.id == wanted, Collection.name == wanted))
    found = session.scalars(query).all()
    if not found:
        raise CollectionNotFound(f"The snapshot holds no collection '{wanted}'.")
    return _only(found, f"Several collections are named '{wanted}'.")


def _document_id(session: Session, wanted: str) -> str:
    query = select(Document.id).where(or_(Document.id == wanted, Document.name == wanted))
    found = session.scalars(query).all()
    if not found:
        raise DocumentNotFound(f"The snapshot holds no document '{wanted}'.")
    return _only(found, f"Several documents are named '{wanted}'.")


def _only(found: Sequence[str], message: str) -> str:
    if len(found) > 1:
        raise InvalidInput(message, hint=f"Use an id: {', '.join(found)}.")
    return found[0]
