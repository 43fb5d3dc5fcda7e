"""The audit log; for auditors, and for the operator on the server itself."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from on_prem_rag.api.dependencies import ApplianceDep, AuditorDep, OperatorDep
from on_prem_rag.api.middleware.bounds import lift_bounds
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN, error_examples
from on_prem_rag.api.schemas.audit import (
    AuditEventBody,
    AuditPage,
    Before,
    HeadBody,
    RetentionRequest,
    RetentionResult,
    VerificationBody,
    VerifyRequest,
    audit_filter,
)
from on_prem_rag.api.schemas.base import Limit
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.export import ExportFormat, export_events
from on_prem_rag.audit.listing import AuditFilter, list_events
from on_prem_rag.audit.log import attached_log, record
from on_prem_rag.audit.marks import get_head
from on_prem_rag.audit.retention import drop_events_before
from on_prem_rag.audit.verify import verify
from on_prem_rag.db.base import utc_now

router = APIRouter(prefix=f"{API}/audit", tags=["audit"], responses=SIGNED_IN)
Chosen = Annotated[AuditFilter, Depends(audit_filter)]
_MEDIA_TYPES: dict[ExportFormat, str] = {"jsonl": "application/x-ndjson", "csv": "text/csv"}
_EXPORT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One event a line, oldest first.",
        "content": {name: {"schema": {"type": "string"}} for name in _MEDIA_TYPES.values()},
    }
}


@router.get("", summary="List events")
def list_audit_events(
    chosen: Chosen,
    _auditor: AuditorDep,
    appliance: ApplianceDep,
    limit: Limit = 50,
    before: Before = None,
) -> AuditPage:
    """Events that fit the filter, newest first."""
    with appliance.database.read() as session:
        found = list_events(session, chosen, before=before, limit=limit + 1)
    items = [AuditEventBody.of(event) for event in found[:limit]]
    return AuditPage(items=items, next_before=items[-1].number if len(found) > limit else None)


@router.get(
    "/export",
    summary="Export events",
    response_class=StreamingResponse,
    responses=_EXPORT,
)
def export_audit_events(
    chosen: Chosen,
    _auditor: AuditorDep,
    appliance: ApplianceDep,
    form: Annotated[ExportFormat, Query(alias="format")] = "jsonl",
) -> StreamingResponse:
    """Every event that fits the filter and is there now, as JSON Lines or CSV."""
    with appliance.database.write() as session:
        given = {name: str(value) for name, value in asdict(chosen).items() if value is not None}
        record(session, Event.AUDIT_EXPORTED, format=form, filter=given)
    return StreamingResponse(
        export_events(appliance.database, chosen, form),
        media_type=_MEDIA_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="audit.{form}"'},
    )


@router.post("/verify", summary="Check that nothing was tampered with")
def verify_audit_log(
    request: Request,
    _auditor: AuditorDep,
    appliance: ApplianceDep,
    body: VerifyRequest | None = None,
) -> VerificationBody:
    """Check every event that is kept, and say where the first one is that does not hold."""
    lift_bounds(request)
    chain = attached_log(appliance.database).chain
    found = verify(appliance.database, chain, body.link() if body else None)
    with appliance.database.write() as session:
        record(
            session,
            Event.AUDIT_VERIFIED,
            outcome="success" if found.intact else "failure",
            checked=found.checked,
            broken=asdict(found.broken) if found.broken else None,
        )
    return VerificationBody.of(found)


@router.get("/head", summary="The head of the chain", responses=error_examples(409))
def get_audit_head(_auditor: AuditorDep, appliance: ApplianceDep) -> HeadBody:
    """The last event's number and hash, to be kept elsewhere as an anchor."""
    with appliance.database.read() as session:
        return HeadBody.model_validate(
            get_head(session, attached_log(appliance.database).chain), from_attributes=True
        )


@router.post("/retention", summary="Drop old events", responses=error_examples(409))
def drop_old_events(
    request: Request, body: RetentionRequest, _operator: OperatorDep, appliance: ApplianceDep
) -> RetentionResult:
    """Drop events older than so many days; the rest stays verifiable."""
    lift_bounds(request)
    cutoff = utc_now() - timedelta(days=body.older_than_days)
    chain = attached_log(appliance.database).chain
    return RetentionResult(dropped=drop_events_before(appliance.database, chain, cutoff))
