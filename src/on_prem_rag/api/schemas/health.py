"""Bodies of health and readiness."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from on_prem_rag.api.schemas.base import Output

Status = Literal["healthy", "degraded", "unhealthy"]


class CheckBody(Output):
    """One part of the appliance."""

    status: Status
    response_time_ms: float
    message: str | None = None


class HealthBody(Output):
    """The state of the appliance; ``checks`` for administrators only."""

    status: Status
    timestamp: datetime
    checks: dict[str, CheckBody] | None = None


class ReadyBody(Output):
    """Whether requests can be answered."""

    ready: bool
