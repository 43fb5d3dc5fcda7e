"""Bodies of the receipts of deletions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from pydantic import Field
from sqlalchemy.orm import Session

from on_prem_rag.access.caller import OPERATOR, Caller
from on_prem_rag.api.schemas.base import Output
from on_prem_rag.audit.erasures import Store, states
from on_prem_rag.audit.models import Receipt
from on_prem_rag.audit.receipts import ReceiptKind
from on_prem_rag.bootstrap.proof import StoreProof


class RemovedCounts(Output):
    """How much a deletion took away."""

    documents: int
    versions: int
    pages: int
    chunks: int
    embeddings: int
    originals: int = Field(description="Files that nothing else needed.")
    original_bytes: int
    conversations: int
    messages: int
    answers: int = Field(description="Stored answers that were erased or went along.")


class StoreStateBody(Output):
    """When the bytes left one store; null while they may still be in its files."""

    store: Store
    place: str = Field(
        description="`shared`, or the host and slot of an index.", examples=["backend-1/1"]
    )
    finished_at: datetime | None
    seen_at: datetime | None = Field(description="When that index last reported.")


class ReceiptBody(Output):
    """What was deleted, by whom, and where its bytes are gone.

    What it names was out of everyone's sight when the receipt was written; `complete` says that no
    file holds it any more. `gone_from_backups_on` is the first day on which no backup within
    retention can. What someone kept for themselves is not an admin's to know: of a deleted person
    `counts` is null and `erased` is empty, but for auditors and the operator.
    """

    id: str
    created_at: datetime
    actor_id: str | None
    actor_name: str | None = Field(examples=["ann"])
    kind: ReceiptKind
    target_id: str
    counts: RemovedCounts | None
    erased: list[StoreStateBody]
    complete: bool
    gone_from_backups_on: date

    @classmethod
    def of(cls, session: Session, receipt: Receipt, caller: Caller) -> Self:
        """From the receipt's row and how far its erasure is, as far as the caller may know."""
        names = ("id", "created_at", "actor_id", "actor_name", "kind", "target_id")
        erased = [StoreStateBody.model_validate(state) for state in states(session, receipt)]
        whole = sees_contents(caller, receipt)
        return cls(
            **{name: getattr(receipt, name) for name in names},
            counts=RemovedCounts(**receipt.counts) if whole else None,
            erased=erased if whole else [],
            complete=all(state.finished_at is not None for state in erased),
            gone_from_backups_on=receipt.backups_clear_at.date(),
        )


def sees_all_receipts(caller: Caller) -> bool:
    """Whether the caller sees receipts of what others deleted, too."""
    return caller.is_auditor or caller is OPERATOR


def sees_contents(caller: Caller, receipt: Receipt) -> bool:
    """Whether the caller may know how much a deletion took away."""
    return sees_all_receipts(caller) or receipt.kind not in ("person", "service_account")


class StoreProofBody(Output):
    """For how many ids a store was searched, and how many of them it still holds."""

    store: Store
    searched: int
    found: int


class ProofBody(Output):
    """What a search for everything that a receipt names came to; `empty` is the proof."""

    receipt_id: str
    empty: bool
    stores: list[StoreProofBody]

    @classmethod
    def of(cls, receipt_id: str, proofs: list[StoreProof]) -> Self:
        """From what each store said."""
        return cls(
            receipt_id=receipt_id,
            empty=not any(proof.found for proof in proofs),
            stores=[StoreProofBody.model_validate(proof) for proof in proofs],
        )
