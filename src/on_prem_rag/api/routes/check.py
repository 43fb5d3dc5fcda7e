"""Whether the indexes and the originals are what the database says; for administrators."""

from __future__ import annotations

from fastapi import APIRouter, status

from on_prem_rag.api.dependencies import AdminDep, ApplianceDep
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN, error_examples
from on_prem_rag.api.schemas.check import CheckBody, CheckInput
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record

router = APIRouter(prefix=f"{API}/check", tags=["admin"], responses=SIGNED_IN)


@router.post(
    "",
    summary="Check that everything is there",
    status_code=status.HTTP_202_ACCEPTED,
    responses=error_examples(409),
)
def start_check(body: CheckInput, _admin: AdminDep, appliance: ApplianceDep) -> CheckBody:
    """Begin to compare originals, vectors and this server's indexes with the database.

    One runs at a time; `GET` tells how far it is and, at last, its report.
    """
    state = appliance.check.start(read_data=body.read_data, repair=body.repair)
    with appliance.database.write() as session:
        record(session, Event.CHECK_STARTED, read_data=body.read_data, repair=body.repair)
    return CheckBody.of(state)


@router.get("", summary="Show the check")
def get_check(_admin: AdminDep, appliance: ApplianceDep) -> CheckBody:
    """How far the check is, and the report of the last one that ended."""
    return CheckBody.of(appliance.check.state())


@router.delete("", summary="Cancel the check")
def cancel_check(_admin: AdminDep, appliance: ApplianceDep) -> CheckBody:
    """Ask the check under way to end without a report; nothing happens when none runs."""
    return CheckBody.of(appliance.check.cancel())
