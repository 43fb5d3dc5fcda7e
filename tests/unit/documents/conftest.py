"""A migrated database with two people and a Collection."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.models import Grant
from on_prem_rag.db import migrate
from on_prem_rag.db.session import Database
from on_prem_rag.documents.collections import CollectionService
from on_prem_rag.documents.originals import Originals
from on_prem_rag.documents.repository import DocumentRepository
from on_prem_rag.documents.service import Deletion, DocumentService, Upload

ANN = Caller("ann-id", "ann", "member")
BOB = Caller("bob-id", "bob", "member")


@dataclass
class Library:
    database: Database
    originals: Originals
    collections: CollectionService
    documents: DocumentService
    collection_id: str

    def upload(self, name: str, data: bytes, caller: Caller = ANN) -> Upload:
        with self.originals.stage(10_000) as staged:
            staged.write(data)
            with self.database.write() as session:
                return self.documents.add(session, caller, self.collection_id, name, staged)

    def remove_originals(self, deletion: Deletion) -> None:
        with self.database.write() as session:
            self.documents.remove_originals(session, deletion)

    def grant(self, caller: Caller, level: str) -> None:
        with self.database.write() as session:
            grant = Grant(collection_id=self.collection_id, principal=caller.id, level=level)
            session.add(grant)


@pytest.fixture
def library(database_url: str, tmp_path: Path) -> Iterator[Library]:
    database = Database(database_url)
    migrate.upgrade(database)
    originals = Originals(tmp_path / "originals")
    repository = DocumentRepository()
    collections = CollectionService(repository)
    with database.write() as session:
        collection = collections.create(session, ANN, "Contracts").collection
    yield Library(
        database, originals, collections, DocumentService(originals, repository), collection.id
    )
    database.close()
