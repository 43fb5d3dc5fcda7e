"""Loading settings for a command."""

from __future__ import annotations

from typing import Any

from on_prem_rag.config import Settings, load_settings


def load_and_report(*, serves: bool = False, **overrides: Any) -> Settings:
    """Settings, with logging configured and misspelt names reported on standard error.

    ``serves`` is for servers and workers, whose hashes of questions must be comparable.
    """
    from on_prem_rag.bootstrap.parts import secret_key
    from on_prem_rag.cli.output import print_warning
    from on_prem_rag.monitoring.logging import configure_logging

    settings, warnings = load_settings(**overrides)
    key = f"log {secret_key(settings)}".encode() if serves else None
    configure_logging(settings, hash_key=key)
    for warning in warnings:
        print_warning(warning)
    return settings
