"""Searching every store for what a receipt says is deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from on_prem_rag.audit.erasures import Store
from on_prem_rag.audit.log import text_hash
from on_prem_rag.audit.models import Receipt
from on_prem_rag.audit.receipts import get_receipt, unpack_hashes, unpack_ids
from on_prem_rag.conversations.models import Conversation, Evidence, Message
from on_prem_rag.db.session import Database
from on_prem_rag.documents.models import Chunk, Document, DocumentVersion, Embedding, Page
from on_prem_rag.documents.originals import Originals
from on_prem_rag.index.projector import Projector
from on_prem_rag.index.traces import search_files

_IDS_PER_QUERY = 500


@dataclass(frozen=True, slots=True)
class StoreProof:
    """For how many things a store was searched, and how many of them are still there."""

    store: Store
    searched: int
    found: int


class DeletionProof:
    """Searches the database, the originals, and the indexes of this process's slot."""

    def __init__(self, database: Database, projector: Projector, originals: Originals) -> None:
        self._database = database
        self._projector = projector
        self._originals = originals

    def search(self, receipt_id: str) -> list[StoreProof]:
        """Every store, searched for everything the receipt names. Raises ReceiptNotFound.

        Rows are counted; vectors and the lexical index are searched in their files, where what is
        only marked as deleted is found as well; originals are compared by their keyed hashes.
        """
        with self._database.read() as session:
            receipt = get_receipt(session, receipt_id)
            chunks = unpack_ids(receipt.chunks)
            proofs = [_search_rows(session, receipt), self._search_originals(session, receipt)]
        if chunks:
            files = search_files(self._projector.dense.directory, set(chunks))
            proofs.append(StoreProof("vectors", len(chunks), len(files.found)))
            held = self._projector.lexical.traces(chunks)
            raw = search_files(self._projector.lexical.directory, set(chunks))
            proofs.append(StoreProof("lexical", len(chunks), len(held | raw.found)))
        return proofs

    def _search_originals(self, session: Session, receipt: Receipt) -> StoreProof:
        wanted = unpack_hashes(receipt.originals)
        found = 0
        for sha256 in self._originals.hashes() if wanted else ():
            # The same bytes may have been uploaded anew, by whoever had them too.
            held = text_hash(session, sha256) in wanted and not _is_needed(session, sha256)
            found += held
        return StoreProof("originals", len(wanted), found)


def _search_rows(session: Session, receipt: Receipt) -> StoreProof:
    documents, versions = unpack_ids(receipt.documents), unpack_ids(receipt.versions)
    chunks, conversations = unpack_ids(receipt.chunks), unpack_ids(receipt.conversations)
    places: tuple[tuple[InstrumentedAttribute[str], list[str]], ...] = (
        (Document.id, documents),
        (DocumentVersion.id, versions),
        (Page.version_id, versions),
        (Chunk.id, chunks),
        (Chunk.document_id, documents),
        (Embedding.chunk_id, chunks),
        (Conversation.id, conversations),
        (Message.conversation_id, conversations),
    )
    found = sum(_count(session, column, ids) for column, ids in places)
    for part in _parts(documents):
        passages = session.scalars(select(Evidence.passage).where(Evidence.document_id.in_(part)))
        found += sum(1 for passage in passages if passage)
    searched = len(documents) + len(versions) + len(chunks) + len(conversations)
    return StoreProof("sql", searched, found)


def _count(session: Session, column: InstrumentedAttribute[str], ids: Sequence[str]) -> int:
    return sum(
        session.scalar(select(func.count()).where(column.in_(part))) or 0 for part in _parts(ids)
    )


def _is_needed(session: Session, sha256: str) -> bool:
    query = select(DocumentVersion.id).where(DocumentVersion.sha256 == sha256).limit(1)
    return session.scalar(query) is not None


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _IDS_PER_QUERY):
        yield values[start : start + _IDS_PER_QUERY]
