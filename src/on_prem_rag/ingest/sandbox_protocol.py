"""What the sandbox and its child processes say to each other.

A job goes to the zygote as one JSON datagram with two descriptors: a socket for the result, which
only the job's own process writes, and a pipe for the verdict, which only the zygote writes after
that process is gone. A result is one tag byte and a body. Nothing is ever unpickled.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from on_prem_rag import errors
from on_prem_rag.errors import AppError, UnreadableFile
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.parsed import Box, ParsedDocument

TAG_BYTES, TAG_ERROR = b"B", b"E"
MAX_JOB_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Job:
    """One file to convert, or one page of it to draw, and the bounds of doing so."""

    task: Literal["convert", "render_page"]
    path: Path
    scratch: Path
    timeout_seconds: float
    memory_bytes: int
    file_name: str = ""
    media_type: str | None = None
    options: ConvertOptions | None = None
    page_number: int = 1
    scale: float = 1.0
    highlight_boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the process of a job ended; ``peak_bytes`` is its largest resident memory."""

    exit_code: int | None
    signal: int | None
    timed_out: bool
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Failure:
    """An expected error: the code of its class, and its words."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The zygote's first word: which of the kernel's bounds hold here."""

    network_denied: bool
    writing_confined: bool
    unprivileged: bool
    """Children are not root: the appliance is not, or they can become somebody else."""


JOB = TypeAdapter(Job)
VERDICT = TypeAdapter(Verdict)
FAILURE = TypeAdapter(Failure)
READY = TypeAdapter(Ready)
DOCUMENT = TypeAdapter(ParsedDocument)


def failure_of(error: AppError) -> Failure:
    """The transferable form of an error."""
    return Failure(error.code, error.message, error.hint)


def error_of(failure: Failure) -> AppError:
    """The error again, of the same class; UnreadableFile for a code nobody knows."""
    kind = _ERRORS.get(failure.code, UnreadableFile)
    return kind(failure.message, hint=failure.hint)


_ERRORS: dict[str, type[AppError]] = {
    kind.code: kind
    for kind in vars(errors).values()
    if isinstance(kind, type)
    and (issubclass(kind, errors.ConversionError | errors.InvalidInput) or kind is errors.NotFound)
}
