"""Taking documents in, replacing and deleting them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import Caller
from on_prem_rag.access.models import Collection
from on_prem_rag.access.permissions import require
from on_prem_rag.access.private import replace_private_collection
from on_prem_rag.audit.erasures import finish, pending
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record, text_hash
from on_prem_rag.audit.models import Receipt
from on_prem_rag.audit.receipts import ReceiptBook, Removal, unpack_hashes
from on_prem_rag.db.base import utc_now
from on_prem_rag.documents.changes import append_change
from on_prem_rag.documents.models import Chunk, Document, DocumentVersion
from on_prem_rag.documents.moving import move_document
from on_prem_rag.documents.names import clean_document_name
from on_prem_rag.documents.originals import Originals, StagedFile
from on_prem_rag.documents.repository import DocumentRepository, DocumentRow
from on_prem_rag.errors import AppError, Conflict, Forbidden
from on_prem_rag.jobs.models import Job
from on_prem_rag.jobs.queue import enqueue, forget_jobs

Outcome = Literal["created", "replaced", "unchanged"]
DeletionHook = Callable[[Session, str], int]
"""Called with the id of a document about to be deleted, in the deleting transaction; returns how
many stored answers it erased."""
AdmissionHook = Callable[[Session, Caller, int], object]
"""Called with the size of a file about to be kept, in the transaction that does; may refuse it."""


@dataclass(frozen=True)
class Deletion:
    """The receipt of a deletion, and the hashes of the originals that nothing needs any more.

    Pass it to ``remove_originals`` once it is committed.
    """

    receipt: Receipt
    hashes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Upload:
    """What came of an upload: the job is None when the same bytes were there already."""

    outcome: Outcome
    document: Document
    version: DocumentVersion
    job: Job | None


class DocumentService:
    """Decides about documents.

    ``admission_hooks`` may refuse a file before it is kept; ``deletion_hooks`` erase what other
    parts derived from a document.
    """

    def __init__(
        self,
        originals: Originals,
        documents: DocumentRepository,
        receipts: ReceiptBook | None = None,
    ) -> None:
        self.originals = originals
        self.documents = documents
        self.admission_hooks: list[AdmissionHook] = []
        self.deletion_hooks: list[DeletionHook] = []
        self.receipts = receipts or ReceiptBook()

    def add(
        self,
        session: Session,
        caller: Caller,
        collection_id: str,
        name: str,
        staged: StagedFile,
    ) -> Upload:
        """Keep a finished file and record it; its job is queued in the same transaction.

        The file is put in its place under the same lock that ``remove_originals`` takes, so a
        concurrent deletion of the same bytes cannot take it away again. The same name with the same
        bytes changes nothing; with other bytes it becomes the next version. Raises
        CollectionNotFound, Forbidden or InvalidInput, and what ``admission_hooks`` raise.
        """
        require(session, caller, collection_id, "contribute")
        name = clean_document_name(name)
        sha256, size_bytes = staged.sha256, staged.size_bytes
        _lock_original(session, sha256)
        document = self.documents.find_by_name(session, collection_id, name)
        number = 1
        outcome: Outcome = "created"
        if document is not None:
            row = self.documents.get(session, caller, document.id)
            self._require_change(session, caller, row)
            if row.latest.sha256 == sha256 and row.latest.status != "failed":
                staged.keep()  # should the original have been lost, here it is again
                return Upload("unchanged", document, row.latest, None)
            number, outcome = row.latest.number + 1, "replaced"
            document.updated_at = utc_now()
        for admit in self.admission_hooks:
            admit(session, caller, size_bytes)
        staged.keep()
        if document is None:
            document = Document(collection_id=collection_id, name=name, created_by=caller.id)
            session.add(document)
            session.flush()
        version = DocumentVersion(
            document_id=document.id,
            number=number,
            sha256=sha256,
            size_bytes=size_bytes,
            created_by=caller.id,
        )
        session.add(version)
        session.flush()
        record(
            session,
            Event.DOCUMENT_UPLOADED,
            target=("document", document.id),
            collection_id=collection_id,
            version_id=version.id,
            sha256=sha256,
            size_bytes=size_bytes,
        )
        return Upload(outcome, document, version, _ingest_job(session, caller, document, version))

    def retry(self, session: Session, caller: Caller, document_id: str) -> Job:
        """Queue a failed newest version again. Raises Conflict when it did not fail."""
        row = self.documents.get(session, caller, document_id)
        self._require_change(session, caller, row)
        if row.latest.status != "failed":
            raise Conflict("Only a document that failed can be tried again.")
        row.latest.status = "pending"
        row.latest.error_code = row.latest.error_message = row.latest.error_hint = None
        target = ("document", document_id)
        record(session, Event.DOCUMENT_RETRIED, target=target, version_id=row.latest.id)
        return _ingest_job(session, caller, row.document, row.latest)

    def move(
        self, session: Session, caller: Caller, document_id: str, collection_id: str
    ) -> DocumentRow:
        """Move a document into another Collection, with all its versions.

        Takes the right to remove it where it is and to contribute where it goes. Raises
        DocumentNotFound, CollectionNotFound, Forbidden, and Conflict when the Collection holds the
        document, its bytes or its name already.
        """
        row = self.documents.get(session, caller, document_id)
        self._require_change(session, caller, row)
        require(session, caller, collection_id, "contribute")
        source = row.document.collection_id
        target = ("document", document_id)
        record(
            session, Event.DOCUMENT_MOVED, target=target, source=source, collection_id=collection_id
        )
        move_document(session, document_id, source, collection_id)
        return self.documents.get(session, caller, document_id)

    def original(
        self, session: Session, caller: Caller, document_id: str, version_id: str | None = None
    ) -> tuple[DocumentRow, DocumentVersion, Path]:
        """Where a version's original lies, with what it is. Raises DocumentNotFound."""
        version = self.documents.version(session, caller, document_id, version_id)
        row = self.documents.get(session, caller, document_id)
        return row, version, self.originals.path(version.sha256)

    def delete(self, session: Session, caller: Caller, document_id: str) -> Deletion:
        """Delete a document with all that came from it. Raises DocumentNotFound or Forbidden."""
        row = self.documents.get(session, caller, document_id)
        self._require_change(session, caller, row)
        collection_id, removal = row.document.collection_id, Removal()
        self.take_away(session, [row.document], removal)
        removal.change = append_change(
            session,
            "remove",
            collection_id=collection_id,
            document_id=document_id,
            removed_chunk_ids=removal.chunks,
        )
        receipt = self.receipts.write(session, "document", document_id, removal, actor=caller)
        record(
            session,
            Event.DOCUMENT_DELETED,
            target=("document", document_id),
            collection_id=collection_id,
            receipt_id=receipt.id,
        )
        return Deletion(receipt, tuple(removal.originals))

    def delete_collection(self, session: Session, caller: Caller, collection_id: str) -> Deletion:
        """Delete a Collection with all its documents. Raises CollectionNotFound or Forbidden.

        A person whose last private Collection this was has an empty one from then on.
        """
        collection, removal = require(session, caller, collection_id, "manage"), Removal()
        self.take_away_collection(session, collection, removal)
        replace_private_collection(session, collection)
        receipt = self.receipts.write(session, "collection", collection_id, removal, actor=caller)
        record(
            session,
            Event.COLLECTION_DELETED,
            target=("collection", collection_id),
            document_ids=removal.documents,
            receipt_id=receipt.id,
        )
        return Deletion(receipt, tuple(removal.originals))

    def take_away_collection(
        self, session: Session, collection: Collection, removal: Removal
    ) -> None:
        """Remove a Collection as part of a deletion, and tell the indexes."""
        query = select(Document).where(Document.collection_id == collection.id)
        self.take_away(session, session.scalars(query).all(), removal)
        session.delete(collection)
        removal.change = append_change(session, "drop", collection_id=collection.id)

    def take_away(self, session: Session, documents: Sequence[Document], removal: Removal) -> None:
        """Remove documents as part of a deletion; telling the indexes is the caller's."""
        sizes: dict[str, int] = {}
        for document in documents:
            removal.answers += sum(hook(session, document.id) for hook in self.deletion_hooks)
            versions = self.documents.versions(session, document.id)
            sizes.update({version.sha256: version.size_bytes for version in versions})
            removal.documents.append(document.id)
            removal.versions += [version.id for version in versions]
            removal.chunks += self.documents.chunk_ids(session, document.id)
            pages, embeddings = self.documents.derived_counts(session, document.id)
            removal.pages += pages
            removal.embeddings += embeddings
            forget_jobs(session, document.id)
            session.delete(document)
        session.flush()
        unused = {sha256: n for sha256, n in sizes.items() if not _is_used(session, sha256)}
        removal.originals.update(unused)

    def remove_originals(self, session: Session, deletion: Deletion) -> None:
        """Remove those files of a deletion that are still not needed, in a write of its own.

        Call it after the deletion's commit, so that a crash leaves a file too many rather than one
        too few. Another upload of the same bytes may have come in between. While a backup copies
        originals they stay, and ``sweep_originals`` removes them later.
        """
        with self.originals.removable() as removable:
            if removable and deletion.hashes:
                self.remove_unused(session, deletion.hashes)
                finish(session, [deletion.receipt], "originals")

    def sweep_originals(self, session: Session) -> None:
        """Remove the files of deletions that ``remove_originals`` did not come to."""
        receipts = pending(session, "originals")
        with self.originals.removable() as removable:
            if not removable or not receipts:
                return
            wanted = unpack_hashes(b"".join(receipt.originals for receipt in receipts))
            held = self.originals.hashes()
            self.remove_unused(session, [h for h in held if text_hash(session, h) in wanted])
            finish(session, receipts, "originals")

    def remove_unused(self, session: Session, hashes: Sequence[str]) -> None:
        """Remove those files that no version refers to, under the lock that ``add`` takes."""
        for sha256 in sorted(hashes):
            _lock_original(session, sha256)
            if not _is_used(session, sha256):
                self.originals.remove(sha256)

    @staticmethod
    def _require_change(session: Session, caller: Caller, row: DocumentRow) -> None:
        """A contributor changes what they added, a manager everything."""
        collection_id = row.document.collection_id
        require(session, caller, collection_id, "contribute")
        if row.document.created_by == caller.id:
            return
        try:
            require(session, caller, collection_id, "manage")
        except Forbidden:
            raise Forbidden("Only its contributor or a manager may change this document.") from None


def publish_version(
    session: Session, repository: DocumentRepository, document: Document, version: DocumentVersion
) -> None:
    """Make a version, whose chunks are stored, the document's current one; call it last.

    Chunks of earlier versions go; their rows, originals and pages stay for old citations.
    """
    earlier = [v for v in repository.versions(session, document.id) if v.id != version.id]
    for other in earlier:
        if other.status == "ready":
            other.status = "superseded"
    removed = repository.delete_chunks(session, [other.id for other in earlier])
    version.status = "ready"
    document.current_version_id = version.id
    document.updated_at = utc_now()
    count = select(func.count()).where(Chunk.version_id == version.id)
    version.chunk_count = session.scalar(count) or 0
    version.change = append_change(
        session,
        "version",
        collection_id=document.collection_id,
        document_id=document.id,
        version_id=version.id,
        removed_chunk_ids=removed,
    )


def mark_failed(
    session: Session, version_id: str | None, code: str, message: str, hint: str | None
) -> None:
    """Say of a version why it was not taken in; an earlier one stays current."""
    version = session.get(DocumentVersion, version_id) if version_id is not None else None
    if version is not None:
        version.status = "failed"
        version.error_code, version.error_message, version.error_hint = code, message, hint


def mark_cancelled(session: Session, version_id: str | None) -> None:
    """Say of a version that its job was cancelled."""
    mark_failed(session, version_id, "cancelled", "Cancelled.", "Retry it when you want it.")


def follow_job_end(session: Session, job: Job) -> None:
    """Let a version follow its job, which ended without a worker: a ``JobEndHook``."""
    if job.status == "cancelled":
        mark_cancelled(session, job.version_id)
    else:
        code, message = job.error_code or AppError.code, job.error_message or ""
        mark_failed(session, job.version_id, code, message, job.error_hint)


def _ingest_job(
    session: Session, caller: Caller, document: Document, version: DocumentVersion
) -> Job:
    return enqueue(
        session,
        "ingest",
        created_by=caller.id,
        collection_id=document.collection_id,
        document_id=document.id,
        version_id=version.id,
    )


def _lock_original(session: Session, sha256: str) -> None:
    """Keep other transactions from adding or removing this original until the commit.

    SQLite's one writer holds everything off already.
    """
    if session.get_bind().dialect.name == "postgresql":
        key = int.from_bytes(bytes.fromhex(sha256[:16]), "big", signed=True)
        session.execute(select(func.pg_advisory_xact_lock(key)))


def _is_used(session: Session, sha256: str) -> bool:
    query = select(DocumentVersion.id).where(DocumentVersion.sha256 == sha256).limit(1)
    return session.scalar(query) is not None
