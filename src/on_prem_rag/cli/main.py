"""Entry point: gathers the commands and turns errors into messages and exit codes.

Exit codes: 0 done, 1 failed (the message says why), 2 wrong usage, 3 not found or not permitted,
4 no server reachable or the data directory is in use, 5 partly done (some files failed),
6 the audit log was tampered with, 7 something that was deleted is still there, 8 the stores are
inconsistent, 9 a snapshot is broken, 10 it is no snapshot of this appliance, 11 it is newer than
this program, 12 no key opens it, 13 what was restored did not pass its checks, 130 interrupted.
"""

from __future__ import annotations

import os
import sys

import typer

from on_prem_rag.cli import (
    ask,
    audit,
    backup,
    check,
    collections,
    conversations,
    doctor,
    documents,
    evaluate,
    groups,
    ingest,
    keys,
    limits,
    migrate,
    models,
    promotion,
    reindex,
    restore,
    restore_documents,
    runtime_settings,
    search,
    serve,
    service_accounts,
    support,
    users,
    worker,
)
from on_prem_rag.cli.exit_codes import FAILED, exit_code_of
from on_prem_rag.cli.output import print_error
from on_prem_rag.errors import AppError

app = typer.Typer(
    name="on-prem-rag",
    help="Ask your documents, on your own machine. Exit codes are listed in docs/cli.md.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for module in (
    serve,
    worker,
    migrate,
    ingest,
    ask,
    search,
    collections,
    documents,
    conversations,
    users,
    groups,
    service_accounts,
    keys,
    limits,
    audit,
    models,
    runtime_settings,
    reindex,
    check,
    evaluate,
    backup,
    restore,
    restore_documents,
    promotion,
    doctor,
    support,
):
    module.register(app)


def main() -> None:
    """Run the command line; never shows a traceback for an expected error."""
    # The indexes and SQLite hold what people may not read of each other; nobody else on the
    # machine reads it either, the converters included.
    os.umask(os.umask(0o077) | 0o007)
    try:
        app()
    except AppError as error:
        print_error(error)
        sys.exit(exit_code_of(error))
    except OSError as error:
        # Of files: the parts that speak to others turn what happens there into errors of ours.
        named = f"{error.filename}: " if error.filename else ""
        hint = "Check that it exists, that its disk has room and that you may write there."
        print_error(AppError(f"{named}{error.strerror or error}", hint=hint))
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
