"""Moving a document: who may, what is refused, and what the change log tells."""

import pytest
from sqlalchemy import select
from tests.unit.documents.conftest import ANN, BOB, Library
from tests.unit.documents.test_service import publish

from on_prem_rag.access.models import Grant
from on_prem_rag.documents.changes import changes_after
from on_prem_rag.documents.models import Chunk, Document, DocumentVersion
from on_prem_rag.documents.moving import move_document
from on_prem_rag.errors import CollectionNotFound, Conflict, DocumentNotFound, Forbidden
from on_prem_rag.jobs.models import Job


def another(library: Library, owner=ANN, name: str = "Archive") -> str:
    with library.database.write() as session:
        return library.collections.create(session, owner, name).collection.id


def move(library: Library, document_id: str, target: str, caller=ANN) -> None:
    with library.database.write() as session:
        library.documents.move(session, caller, document_id, target)


def test_everything_goes_along_and_the_indexes_are_told(library: Library) -> None:
    upload = library.upload("lease.txt", b"one")
    chunk_id = publish(library, upload, "one")
    target = another(library)
    move(library, upload.document.id, target)
    with library.database.read() as session:
        assert session.get_one(Document, upload.document.id).collection_id == target
        assert session.scalars(select(Chunk.collection_id)).all() == [target]
        assert session.scalars(select(Job.collection_id)).all() == [target]
        left, came = changes_after(session, 1, 10)
        assert (left.kind, left.collection_id) == ("remove", library.collection_id)
        assert left.details["removed_chunk_ids"] == [chunk_id]
        assert (came.kind, came.collection_id) == ("version", target)
        assert session.get_one(DocumentVersion, upload.version.id).change == came.number


def test_one_that_is_still_on_its_way_in_goes_without_a_change(library: Library) -> None:
    upload = library.upload("lease.txt", b"one")
    target = another(library)
    move(library, upload.document.id, target)
    with library.database.read() as session:
        assert changes_after(session, 0, 10) == []
        assert session.get_one(Document, upload.document.id).collection_id == target


def test_both_ends_ask_for_their_right(library: Library) -> None:
    mine = library.upload("lease.txt", b"one").document.id
    bobs_place, target = another(library, BOB), another(library)
    with pytest.raises(DocumentNotFound):
        move(library, mine, bobs_place, BOB)
    with pytest.raises(CollectionNotFound) as unreadable:
        move(library, mine, bobs_place)
    with pytest.raises(CollectionNotFound) as unknown:
        move(library, mine, "no such collection")
    assert str(unreadable.value) == str(unknown.value)
    library.grant(BOB, "contributor")
    with pytest.raises(Forbidden):
        move(library, mine, bobs_place, BOB)
    bobs = library.upload("bobs.txt", b"two", BOB).document.id
    with library.database.write() as session:
        session.add(Grant(collection_id=target, principal=BOB.id, level="reader"))
    with pytest.raises(Forbidden):
        move(library, bobs, target, BOB)
    move(library, bobs, bobs_place, BOB)


def test_what_the_collection_holds_already_is_refused(library: Library) -> None:
    document_id = library.upload("lease.txt", b"one").document.id
    same_name, same_bytes = another(library, name="names"), another(library, name="bytes")
    source = library.collection_id
    library.collection_id = same_name
    library.upload("lease.txt", b"two")
    library.collection_id = same_bytes
    library.upload("other name.txt", b"one")
    for target in (same_name, same_bytes, source):
        with pytest.raises(Conflict):
            move(library, document_id, target)
    with library.database.read() as session:
        assert session.get_one(Document, document_id).collection_id == source


def test_one_that_moved_or_went_in_between_is_left_alone(library: Library) -> None:
    document_id = library.upload("lease.txt", b"one").document.id
    first, second = another(library, name="first"), another(library, name="second")
    move(library, document_id, first)
    with library.database.write() as session, pytest.raises(Conflict):
        move_document(session, document_id, library.collection_id, second)
    with library.database.write() as session, pytest.raises(DocumentNotFound):
        move_document(session, "gone", library.collection_id, second)
