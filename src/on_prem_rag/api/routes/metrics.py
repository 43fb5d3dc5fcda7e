"""Metrics for a scraper on this machine."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST

from on_prem_rag.api.dependencies import ApplianceDep, local_only
from on_prem_rag.api.responses import error_examples
from on_prem_rag.errors import NotFound
from on_prem_rag.monitoring.metrics import exposition

router = APIRouter(tags=["health"])


@router.get(
    "/metrics",
    summary="Metrics in Prometheus' text format",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **error_examples(404),
    },
)
def get_metrics(appliance: ApplianceDep, _local: Annotated[None, Depends(local_only)]) -> Response:
    """Every metric; only from this machine, and only with ENABLE_METRICS."""
    if not appliance.settings.enable_metrics:
        raise NotFound("There is nothing at this address.", hint="See /docs for what there is.")
    return Response(exposition(), media_type=CONTENT_TYPE_LATEST)
