"""The internal listener for Prometheus, apart from the API and never behind the proxy."""

from __future__ import annotations

import structlog
from prometheus_client import start_http_server

from on_prem_rag.config import Settings
from on_prem_rag.monitoring.metrics import REGISTRY


def start_metrics_listener(settings: Settings) -> None:
    """Serve the metrics on HOST and METRICS_PORT from a thread, until the process ends.

    A port that is taken is a warning: metrics must not keep the appliance from serving.
    """
    if not settings.enable_metrics:
        return
    try:
        start_http_server(settings.metrics_port, addr=settings.host, registry=REGISTRY)
    except OSError as error:
        structlog.get_logger(__name__).warning(
            "metrics_listener_failed", port=settings.metrics_port, reason=error.strerror
        )
