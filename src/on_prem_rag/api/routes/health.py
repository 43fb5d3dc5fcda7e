"""Whether the appliance works, for probes and for administrators."""

from __future__ import annotations

from fastapi import APIRouter, Response

from on_prem_rag.api.dependencies import ApplianceDep, OptionalCaller
from on_prem_rag.api.paths import API
from on_prem_rag.api.schemas.health import CheckBody, HealthBody, ReadyBody

router = APIRouter(tags=["health"])


@router.get(f"{API}/health", include_in_schema=False)
@router.get(
    "/health",
    summary="State of the appliance",
    # Anyone may ask; who signs in as an admin is told more.
    openapi_extra={"security": [{}]},
    responses={503: {"model": HealthBody, "description": "A vital part is down."}},
)
async def get_health(
    response: Response, caller: OptionalCaller, appliance: ApplianceDep
) -> HealthBody:
    """healthy, degraded (alive, but a part is down) or unhealthy; the parts for admins only."""
    report = await appliance.health.report()
    if report.status == "unhealthy":
        response.status_code = 503
    checks = None
    if caller is not None and caller.is_admin:
        checks = {name: CheckBody.model_validate(check) for name, check in report.checks.items()}
    return HealthBody(status=report.status, timestamp=report.timestamp, checks=checks)


@router.get(f"{API}/ready", include_in_schema=False)
@router.get(
    "/ready",
    summary="Whether requests can be answered",
    responses={503: {"model": ReadyBody, "description": "Not now."}},
)
async def get_ready(response: Response, appliance: ApplianceDep) -> ReadyBody:
    """Ready means: SQL reachable, schema current, lexical index serving."""
    report = await appliance.health.report()
    if not report.ready:
        response.status_code = 503
    return ReadyBody(ready=report.ready)
