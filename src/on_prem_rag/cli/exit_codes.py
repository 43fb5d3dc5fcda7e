"""What a command's exit status means; docs/cli.md lists the same."""

from __future__ import annotations

from on_prem_rag.errors import (
    AppError,
    DataDirectoryInUse,
    Forbidden,
    NotFound,
    ServiceUnavailable,
    Unauthenticated,
)

FAILED = 1
USAGE = 2
NOT_PERMITTED = 3
UNREACHABLE = 4
PARTLY = 5
TAMPERED = 6
TRACES = 7
INCONSISTENT = 8


def exit_code_of(error: AppError) -> int:
    """The exit code that tells a script what kind of error it was."""
    if isinstance(error, (NotFound, Forbidden, Unauthenticated)):
        return NOT_PERMITTED
    if isinstance(error, (ServiceUnavailable, DataDirectoryInUse)):
        return UNREACHABLE
    return FAILED
