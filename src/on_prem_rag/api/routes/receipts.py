"""Receipts of deletions; for whoever deleted, for auditors, and for the operator."""

from __future__ import annotations

from fastapi import APIRouter, Request

from on_prem_rag.access.caller import Caller
from on_prem_rag.api.dependencies import ApplianceDep, SettledDep
from on_prem_rag.api.middleware.bounds import lift_bounds
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN, error_examples
from on_prem_rag.api.schemas.base import Id, Limit, Offset, Page
from on_prem_rag.api.schemas.receipts import (
    ProofBody,
    ReceiptBody,
    sees_all_receipts,
    sees_contents,
)
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.audit.receipts import get_receipt, list_receipts
from on_prem_rag.errors import Forbidden

router = APIRouter(prefix=f"{API}/receipts", tags=["receipts"], responses=SIGNED_IN)
_NOT_FOUND = error_examples(404)


@router.get("", summary="List receipts of deletions")
def list_deletion_receipts(
    caller: SettledDep, appliance: ApplianceDep, limit: Limit = 50, offset: Offset = 0
) -> Page[ReceiptBody]:
    """A page of receipts, newest first: the caller's own, for auditors everyone's."""
    with appliance.database.read() as session:
        found, total = list_receipts(session, actor_id=_bound(caller), limit=limit, offset=offset)
        items = [ReceiptBody.of(session, receipt, caller) for receipt in found]
    return Page(items=items, total=total, limit=limit, offset=offset)


@router.get("/{receipt_id}", summary="Show a receipt", responses=_NOT_FOUND)
def get_deletion_receipt(
    receipt_id: Id, caller: SettledDep, appliance: ApplianceDep
) -> ReceiptBody:
    """What was deleted, and where its bytes are gone by now."""
    with appliance.database.read() as session:
        receipt = get_receipt(session, receipt_id, _bound(caller))
        return ReceiptBody.of(session, receipt, caller)


@router.post("/{receipt_id}/proof", summary="Search for what was deleted", responses=_NOT_FOUND)
def prove_deletion(
    request: Request, receipt_id: Id, caller: SettledDep, appliance: ApplianceDep
) -> ProofBody:
    """Search the database, the originals and this server's index files for what was deleted."""
    with appliance.database.read() as session:
        receipt = get_receipt(session, receipt_id, _bound(caller))
    if not sees_contents(caller, receipt):
        raise Forbidden("Only auditors may search for what was a person's own.")
    lift_bounds(request)
    proof = ProofBody.of(receipt_id, appliance.proof.search(receipt_id))
    with appliance.database.write() as session:
        record(
            session,
            Event.RECEIPT_PROVED,
            target=("receipt", receipt_id),
            outcome="success" if proof.empty else "failure",
        )
    return proof


def _bound(caller: Caller) -> str | None:
    """Whose receipts the caller sees: None is everyone's."""
    return None if sees_all_receipts(caller) else caller.id
