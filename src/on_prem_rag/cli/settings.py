"""Loading settings for a command."""

from __future__ import annotations

from typing import Any

from on_prem_rag.config import Settings, load_settings


def load_and_report(**overrides: Any) -> Settings:
    """Settings, with logging configured and misspelt names reported on standard error."""
    from on_prem_rag.cli.output import print_warning
    from on_prem_rag.monitoring.logging import configure_logging

    settings, warnings = load_settings(**overrides)
    configure_logging(settings)
    for warning in warnings:
        print_warning(warning)
    return settings
