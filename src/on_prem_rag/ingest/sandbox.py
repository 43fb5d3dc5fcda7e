"""Runs every converter in a killable child process with bounded memory, time, files and no network.

A hostile file can at worst end its own child. The children are forked from a warm zygote
(``sandbox_zygote``), one fresh child a file, so that nothing a parser did survives into the next.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from on_prem_rag.errors import (
    AppError,
    ConversionTimeout,
    FileTooComplex,
    ServiceUnavailable,
    UnreadableFile,
)
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.parsed import Box, ParsedDocument
from on_prem_rag.ingest.sandbox_protocol import (
    DOCUMENT,
    FAILURE,
    JOB,
    READY,
    TAG_BYTES,
    TAG_ERROR,
    VERDICT,
    Job,
    Ready,
    Verdict,
    error_of,
)

GIBIBYTE = 1 << 30
MAX_RESULT_BYTES = GIBIBYTE
# The zygote keeps the deadline; this much later its silence means that it is gone itself.
_GRACE_SECONDS = 10.0
_START_SECONDS = 60.0
_IDLE_SECONDS = 60.0
"""So long the zygote waits for another job: it holds 40 MB and takes half a second to start."""
_CHUNK = 1 << 18
# Children get these and nothing of the server's environment, which holds secrets.
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "OMP_THREAD_LIMIT": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


class Sandbox:
    """Converts files and draws pages in children; safe to call from several threads.

    The zygote starts with the first job, and again if it was killed or ended for want of jobs
    during ``idle_seconds``. ``close`` ends it and every child; the object can be used as a context
    manager.
    """

    def __init__(self, *, idle_seconds: float = _IDLE_SECONDS) -> None:
        self._lock = threading.Lock()
        self._idle_seconds = idle_seconds
        self._jobs = 0
        self._retirement: threading.Timer | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._ready: Ready | None = None
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def convert(
        self,
        path: Path,
        file_name: str,
        options: ConvertOptions,
        *,
        media_type: str | None = None,
        timeout_seconds: float = 120.0,
        memory_bytes: int = 2 * GIBIBYTE,
    ) -> ParsedDocument:
        """Read the file at ``path`` that was uploaded as ``file_name``.

        The type is detected from the content unless ``media_type`` is given. ``memory_bytes``
        bounds the address space of the child and of each tool it starts. Raises ConversionError,
        UnsupportedMediaType, and ServiceUnavailable when no child can be started.
        """
        with tempfile.TemporaryDirectory(prefix="sandbox-") as scratch:
            job = Job(
                "convert",
                path.resolve(),
                Path(scratch),
                timeout_seconds,
                memory_bytes,
                file_name=file_name.encode("utf-8", "replace").decode("utf-8"),
                media_type=media_type,
                options=options,
            )
            body = self._run(job)
        try:
            return DOCUMENT.validate_json(body)
        except ValidationError as error:
            raise UnreadableFile("The file's reader returned nothing that makes sense.") from error

    def render_page(
        self,
        path: Path,
        page_number: int,
        *,
        scale: float = 1.0,
        highlight_boxes: tuple[Box, ...] = (),
        timeout_seconds: float = 30.0,
        memory_bytes: int = 2 * GIBIBYTE,
    ) -> bytes:
        """One page (numbered from 1) as an image, as ``page_image.render_page`` draws it."""
        with tempfile.TemporaryDirectory(prefix="sandbox-") as scratch:
            return self._run(
                Job(
                    "render_page",
                    path.resolve(),
                    Path(scratch),
                    timeout_seconds,
                    memory_bytes,
                    page_number=page_number,
                    scale=scale,
                    highlight_boxes=highlight_boxes,
                )
            )

    def start(self) -> Ready:
        """Start the zygote if it is not running; says which of the kernel's bounds hold."""
        with self._lock:
            return self._start()

    @property
    def process_id(self) -> int | None:
        """The zygote's process id, None when it does not run."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def close(self) -> None:
        """End the zygote and every child; jobs that run are given up. May be called twice."""
        with self._lock:
            self._closed = True
            self._cancel_retirement()
            self._stop()

    def _run(self, job: Job) -> bytes:
        # A zygote that was killed meanwhile takes the job with it: a new one may repeat it once.
        with self._in_use():
            for _ in range(2):
                result, verdict = self._attempt(job)
                if verdict is not None:
                    return _judge(job, result, verdict)
        raise ServiceUnavailable("The process that reads files was stopped.")

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        with self._lock:
            self._jobs += 1
            self._cancel_retirement()
        try:
            yield
        finally:
            with self._lock:
                self._jobs -= 1
                if self._jobs == 0 and not self._closed:
                    self._retirement = threading.Timer(self._idle_seconds, self._retire)
                    self._retirement.daemon = True
                    self._retirement.start()

    def _cancel_retirement(self) -> None:
        if self._retirement is not None:
            self._retirement.cancel()
            self._retirement = None

    def _retire(self) -> None:
        with self._lock:
            if self._jobs == 0:
                self._stop()

    def _attempt(self, job: Job) -> tuple[bytes, Verdict | None]:
        ours, theirs = socket.socketpair()
        reader, writer = os.pipe()
        try:
            with theirs:
                try:
                    self._submit(job, theirs.fileno(), writer)
                finally:
                    os.close(writer)
            result = _read_result(ours, job.timeout_seconds + _GRACE_SECONDS)
            return result, _read_verdict(reader)
        except TimeoutError as error:
            self._abandon()
            raise ConversionTimeout("Reading the file took too long.") from error
        finally:
            ours.close()
            os.close(reader)

    def _submit(self, job: Job, result: int, verdict: int) -> None:
        message = JOB.dump_json(job)
        with self._lock:
            # A dead zygote may be noticed only when it is spoken to: try a second one.
            for _ in range(2):
                self._start()
                try:
                    if self._control is not None:
                        socket.send_fds(self._control, [message], [result, verdict])
                        return
                except OSError:
                    self._stop()
        raise ServiceUnavailable("The process that reads files cannot be started.")

    def _start(self) -> Ready:
        if self._closed:
            raise ServiceUnavailable("The server is shutting down; no more files are read.")
        if self._ready is not None and self._process is not None and self._process.poll() is None:
            return self._ready
        self._stop()
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._control = control
            # -I: no variables of Python's own and no current folder on the import path.
            command = [sys.executable, "-I", "-m", "on_prem_rag.ingest.sandbox_zygote"]
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        control.settimeout(_START_SECONDS)
        try:
            self._ready = READY.validate_json(control.recv(1 << 16))
        except (OSError, ValidationError) as error:
            self._stop()
            raise ServiceUnavailable("The process that reads files cannot be started.") from error
        control.settimeout(_GRACE_SECONDS)
        return self._ready

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            try:
                self._process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._control = self._process = self._ready = None

    def _abandon(self) -> None:
        """Kill a zygote that no longer keeps its deadlines."""
        with self._lock:
            if self._process is not None:
                self._process.kill()
            self._stop()


def _read_result(channel: socket.socket, seconds: float) -> bytes:
    """All bytes until the child closes its end; raises TimeoutError."""
    channel.settimeout(seconds)
    received = bytearray()
    while chunk := channel.recv(_CHUNK):
        received += chunk
        if len(received) > MAX_RESULT_BYTES:
            # The child cannot go on writing and ends.
            channel.close()
            break
    return bytes(received)


def _read_verdict(pipe: int) -> Verdict | None:
    """How the child ended; None when the zygote died before it could say."""
    received = b""
    while chunk := os.read(pipe, 4096):
        received += chunk
    return VERDICT.validate_json(received) if received else None


def _judge(job: Job, result: bytes, verdict: Verdict) -> bytes:
    """The body of a good result; raises what a bad one means."""
    if verdict.timed_out or verdict.signal == signal.SIGXCPU:
        raise ConversionTimeout(
            f"Reading the file took longer than {job.timeout_seconds:g} seconds."
        )
    if verdict.signal in (signal.SIGKILL, signal.SIGABRT, signal.SIGTRAP):
        # The kernel's out-of-memory killer, and what native code does when it gets no memory.
        raise FileTooComplex("Reading the file needs more memory than is allowed.")
    if verdict.signal is not None:
        name = signal.Signals(verdict.signal).name
        raise UnreadableFile(f"The file is damaged: its reader crashed ({name}).")
    if len(result) > MAX_RESULT_BYTES:
        raise FileTooComplex("The file holds more text than is allowed.")
    if verdict.exit_code == 0 and result[:1] == TAG_BYTES:
        return result[1:]
    raise _reported(result)


def _reported(result: bytes) -> AppError:
    try:
        if result[:1] == TAG_ERROR:
            return error_of(FAILURE.validate_json(result[1:]))
    except ValidationError:
        pass
    return UnreadableFile("The file is damaged: its reader stopped without a result.")
