"""What the forked child does: bind its own hands, do the one job, write the result."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import signal
import socket
import tempfile
from pathlib import Path

from on_prem_rag.errors import AppError, FileTooComplex, UnreadableFile
from on_prem_rag.ingest import converters
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.sandbox_limits import (
    Limits,
    allow_writing_only_below,
    deny_network,
    die_with_parent,
    hide_memory,
    limit_resources,
)
from on_prem_rag.ingest.sandbox_protocol import (
    DOCUMENT,
    FAILURE,
    TAG_BYTES,
    TAG_ERROR,
    Job,
    Ready,
    failure_of,
)
from on_prem_rag.ingest.sandbox_user import become_nobody, can_become_nobody, copy_for_nobody

# Processor time is bounded a little above the clock: the clock's verdict is the clearer one.
_CPU_GRACE_SECONDS = 5
_TOO_LARGE = (errno.EFBIG, errno.ENOSPC, errno.ENOMEM)


def run_job(job: Job, channel: socket.socket, zygote: int, *, drop: bool) -> None:
    """Convert or draw within the job's bounds and send the result over ``channel``.

    ``zygote`` is the process id of the parent, without which this process does not live on.
    ``drop`` says that this is root and can become nobody.
    """
    os.setsid()
    _silence()
    os.chdir(job.scratch)
    tempfile.tempdir = str(job.scratch)
    tag, body = _outcome(job, zygote, drop=drop)
    channel.sendall(tag)
    channel.sendall(body)


def confine(scratch: Path, limits: Limits, zygote: int, *, drop: bool) -> None:
    """Put every bound on this process; nothing undoes them."""
    if drop:
        become_nobody(scratch)
    # After the change of user, which makes the kernel forget it.
    die_with_parent(zygote)
    hide_memory()
    limit_resources(limits)
    allow_writing_only_below(scratch)
    deny_network()


def what_holds() -> Ready:
    """Which bounds the kernel grants, tried out in a child so that this process stays free."""
    pid = os.fork()
    if pid == 0:
        code = 255
        try:
            with tempfile.TemporaryDirectory() as folder:
                confined = allow_writing_only_below(Path(folder))
                code = deny_network() | confined << 1
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    known = code in range(4)
    return Ready(
        network_denied=known and bool(code & 1),
        writing_confined=known and bool(code & 2),
        unprivileged=os.geteuid() != 0 or can_become_nobody(),
    )


def _outcome(job: Job, zygote: int, *, drop: bool) -> tuple[bytes, bytes]:
    """The result's tag and body. A process edge: whatever a parser raises ends here."""
    try:
        path = copy_for_nobody(job.path, job.scratch) if drop else job.path
        cpu_seconds = math.ceil(job.timeout_seconds) + _CPU_GRACE_SECONDS
        confine(job.scratch, Limits(job.memory_bytes, cpu_seconds), zygote, drop=drop)
        return TAG_BYTES, _perform(job, path)
    except AppError as error:
        failure = failure_of(error)
    except (MemoryError, RecursionError):
        failure = failure_of(FileTooComplex("Reading the file needs more memory than is allowed."))
    except OSError as error:
        too_large = error.errno in _TOO_LARGE
        kind = FileTooComplex if too_large else UnreadableFile
        failure = failure_of(kind(f"The file could not be read ({type(error).__name__})."))
    except BaseException as error:  # noqa: BLE001 -- native parsers raise past Exception
        message = f"The file is damaged: its reader stopped with {type(error).__name__}."
        failure = failure_of(UnreadableFile(message))
    return TAG_ERROR, FAILURE.dump_json(failure)


def _perform(job: Job, path: Path) -> bytes:
    if job.task == "render_page":
        # Imported by the job: only the server draws pages, and only it pays for this.
        from on_prem_rag.ingest.page_image import render_page  # noqa: PLC0415

        return render_page(
            path, job.page_number, scale=job.scale, highlight_boxes=job.highlight_boxes
        )
    options = job.options if job.options is not None else ConvertOptions()
    document = converters.convert(path, options, file_name=job.file_name, media_type=job.media_type)
    return DOCUMENT.dump_json(document)


def _silence() -> None:
    """Send what native libraries print to nowhere; signals as in a fresh program."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sink = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        with contextlib.suppress(OSError):
            os.dup2(sink, descriptor)
    os.close(sink)
