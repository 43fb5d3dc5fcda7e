"""Taking in, replacing and deleting documents."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from tests.unit.documents.conftest import ANN, BOB, Library

from on_prem_rag.audit.receipts import unpack_ids
from on_prem_rag.db.base import new_id
from on_prem_rag.documents.changes import changes_after
from on_prem_rag.documents.models import Chunk, Document, DocumentVersion
from on_prem_rag.documents.service import Upload, publish_version
from on_prem_rag.errors import CollectionNotFound, Conflict, DocumentNotFound, Forbidden
from on_prem_rag.jobs.models import Job


def add_chunk(session: Session, upload: Upload, text: str) -> str:
    chunk = Chunk(
        id=new_id(),
        version_id=upload.version.id,
        document_id=upload.document.id,
        collection_id=upload.document.collection_id,
        ordinal=0,
        kind="text",
        text=text,
        char_start=0,
        char_end=len(text),
        token_count=1,
        content_sha256="0" * 64,
    )
    session.add(chunk)
    return chunk.id


def publish(library: Library, upload: Upload, text: str) -> str:
    with library.database.write() as session:
        chunk_id = add_chunk(session, upload, text)
        document = session.get_one(Document, upload.document.id)
        version = session.get_one(DocumentVersion, upload.version.id)
        publish_version(session, library.documents.documents, document, version)
    return chunk_id


def test_an_upload_is_recorded_together_with_its_job(library: Library) -> None:
    upload = library.upload("lease.txt", b"one")
    assert upload.outcome == "created"
    with library.database.read() as session:
        job = session.scalars(select(Job)).one()
        assert (job.version_id, job.created_by) == (upload.version.id, ANN.id)


def test_the_same_bytes_again_change_nothing(library: Library) -> None:
    library.upload("lease.txt", b"one")
    again = library.upload("lease.txt", b"one")
    assert (again.outcome, again.job) == ("unchanged", None)
    with library.database.read() as session:
        assert len(session.scalars(select(Job)).all()) == 1


def test_other_bytes_become_the_next_version_and_replace_the_chunks(library: Library) -> None:
    first = library.upload("lease.txt", b"one")
    old_chunk = publish(library, first, "one")
    second = library.upload("lease.txt", b"two")
    assert (second.outcome, second.version.number) == ("replaced", 2)
    new_chunk = publish(library, second, "two")
    with library.database.read() as session:
        assert session.get_one(DocumentVersion, first.version.id).status == "superseded"
        assert session.scalars(select(Chunk.id)).all() == [new_chunk]
        change = changes_after(session, 1, 10)[0]
        assert (change.kind, change.details["removed_chunk_ids"]) == ("version", [old_chunk])


def test_a_failed_version_is_tried_again_by_the_same_bytes_or_by_retry(library: Library) -> None:
    upload = library.upload("lease.txt", b"one")
    with library.database.write() as session:
        with pytest.raises(Conflict):
            library.documents.retry(session, ANN, upload.document.id)
        session.get_one(DocumentVersion, upload.version.id).status = "failed"
        library.documents.retry(session, ANN, upload.document.id)
        assert session.get_one(DocumentVersion, upload.version.id).status == "pending"
    with library.database.write() as session:
        session.get_one(DocumentVersion, upload.version.id).status = "failed"
    assert library.upload("lease.txt", b"one").outcome == "replaced"


def test_what_may_not_be_read_does_not_exist(library: Library) -> None:
    upload = library.upload("lease.txt", b"one")
    with library.database.write() as session, pytest.raises(DocumentNotFound):
        library.documents.delete(session, BOB, upload.document.id)
    with pytest.raises(CollectionNotFound):
        library.upload("other.txt", b"x", BOB)


def test_a_reader_may_not_add_and_a_contributor_changes_only_their_own(library: Library) -> None:
    upload = library.upload("lease.txt", b"one")
    library.grant(BOB, "reader")
    with pytest.raises(Forbidden):
        library.upload("bobs.txt", b"x", BOB)
    with library.database.write() as session:
        library.collections.update(session, ANN, library.collection_id, description="d")
    with library.database.write() as session, pytest.raises(Forbidden):
        library.documents.delete(session, BOB, upload.document.id)


def test_a_contributor_may_not_replace_what_another_added(library: Library) -> None:
    library.upload("lease.txt", b"one")
    library.grant(BOB, "contributor")
    assert library.upload("bobs.txt", b"x", BOB).outcome == "created"
    with pytest.raises(Forbidden):
        library.upload("lease.txt", b"changed", BOB)


def test_deleting_takes_everything_and_frees_originals_no_one_needs(library: Library) -> None:
    upload = library.upload("lease.txt", b"one")
    chunk_id = publish(library, upload, "one")
    library.upload("copy.txt", b"one")
    erased: list[str] = []

    def erase(_: Session, document_id: str) -> int:
        erased.append(document_id)
        return 3

    library.documents.deletion_hooks.append(erase)
    with library.database.write() as session:
        deletion = library.documents.delete(session, ANN, upload.document.id)
        assert deletion.hashes == (), "the copy still needs the original"
    counts = deletion.receipt.counts
    assert (counts["documents"], counts["versions"], counts["chunks"]) == (1, 1, 1)
    assert (counts["originals"], counts["answers"]) == (0, 3)
    assert unpack_ids(deletion.receipt.chunks) == [chunk_id]
    assert (deletion.receipt.actor_id, deletion.receipt.change) == (ANN.id, 2)
    assert erased == [upload.document.id]
    with library.database.read() as session:
        assert session.scalars(select(Chunk)).all() == []
        change = changes_after(session, 1, 10)[0]
        assert (change.kind, change.details["removed_chunk_ids"]) == ("remove", [chunk_id])


def test_deleting_a_collection_drops_it_from_the_indexes_and_frees_its_originals(
    library: Library,
) -> None:
    upload = library.upload("lease.txt", b"one")
    publish(library, upload, "one")
    with library.database.write() as session:
        deletion = library.documents.delete_collection(session, ANN, library.collection_id)
    library.remove_originals(deletion)
    assert list(library.originals.hashes()) == []
    with library.database.read() as session:
        assert changes_after(session, 1, 10)[0].kind == "drop"
        assert session.scalars(select(Document)).all() == []


def test_bytes_that_came_in_again_while_they_were_being_deleted_stay(library: Library) -> None:
    first = library.upload("lease.txt", b"one")
    with library.database.write() as session:
        deletion = library.documents.delete(session, ANN, first.document.id)
    assert deletion.hashes == (first.version.sha256,)
    library.upload("again.txt", b"one")
    library.remove_originals(deletion)
    assert list(library.originals.hashes()) == [first.version.sha256]
