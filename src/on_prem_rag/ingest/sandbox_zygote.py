"""The warm process that forks a fresh child for every file; run with ``python -m``.

Imports are paid once here. The zygote never opens a file itself: it takes a job from its control
socket, forks, watches the clock, kills the whole process group of a child that is late, and says
how it ended. It ends when the control socket does, and takes its children with it.
"""

from __future__ import annotations

import codecs
import gc
import os
import selectors
import shutil
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from on_prem_rag.ingest import converters
from on_prem_rag.ingest.converters.decoding import decode
from on_prem_rag.ingest.parsed import ParsedDocument
from on_prem_rag.ingest.sandbox_job import run_job, what_holds
from on_prem_rag.ingest.sandbox_protocol import (
    DOCUMENT,
    JOB,
    MAX_JOB_BYTES,
    READY,
    VERDICT,
    Job,
    Verdict,
)

# Each is a module of its own: of zip archives, mails, RTF and old Office files.
_CODECS = ("ascii", "cp437", "cp1252", "latin-1", "utf-16-le")


@dataclass(slots=True)
class _Child:
    pid: int
    watch: int
    verdict: int
    deadline: float
    scratch: Path
    timed_out: bool = False
    given_up: bool = False


class _Zygote:
    def __init__(self, control: socket.socket, *, drop: bool) -> None:
        self._control = control
        self._drop = drop
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._children: dict[int, _Child] = {}

    def serve(self) -> None:
        """Run jobs until the other end of the control socket is closed."""
        while True:
            for key, _ in self._selector.select(self._patience()):
                if key.fileobj is not self._control:
                    self._reap(self._children[key.fd])
                elif not self._take_job():
                    self._end()
                    return
            now = time.monotonic()
            for child in self._children.values():
                if now >= child.deadline and not child.timed_out:
                    child.timed_out = True
                    _kill_group(child.pid)

    def _patience(self) -> float | None:
        waiting = [c.deadline for c in self._children.values() if not c.timed_out]
        return max(min(waiting) - time.monotonic(), 0.0) if waiting else None

    def _take_job(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(self._control, MAX_JOB_BYTES, 2)
        if not data:
            return False
        result, verdict = descriptors
        job = JOB.validate_json(data)
        zygote = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_child(job, result, verdict, zygote)
        os.close(result)
        watch = os.pidfd_open(pid)
        deadline = time.monotonic() + job.timeout_seconds
        child = _Child(pid, watch, verdict, deadline, job.scratch)
        self._children[watch] = child
        self._selector.register(watch, selectors.EVENT_READ)
        return True

    def _become_child(self, job: Job, result: int, verdict: int, zygote: int) -> None:
        """Drop all that is the zygote's and do the job; never returns."""
        code = 1
        try:
            self._selector.close()
            self._control.close()
            os.close(verdict)
            for child in self._children.values():
                os.close(child.watch)
                os.close(child.verdict)
            with socket.socket(fileno=result) as channel:
                run_job(job, channel, zygote, drop=self._drop)
            code = 0
        finally:
            os._exit(code)

    def _reap(self, child: _Child) -> None:
        # The dead leader still holds its group's number: what it started goes first, then it.
        _kill_group(child.pid)
        _, status, usage = os.wait4(child.pid, 0)
        self._selector.unregister(child.watch)
        del self._children[child.watch]
        os.close(child.watch)
        if child.given_up:
            # No verdict: the job was neither good nor bad and may be done again elsewhere.
            os.close(child.verdict)
            return
        verdict = Verdict(
            exit_code=os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
            signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
            timed_out=child.timed_out,
            peak_bytes=usage.ru_maxrss * 1024,
        )
        with os.fdopen(child.verdict, "wb") as pipe:
            try:
                pipe.write(VERDICT.dump_json(verdict))
                pipe.flush()
            except BrokenPipeError:
                return

    def _end(self) -> None:
        for child in list(self._children.values()):
            child.given_up = True
            self._reap(child)
            # Whoever asked is gone too and can no longer tidy up.
            shutil.rmtree(child.scratch, ignore_errors=True)
        self._selector.close()


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        # It has not made its own group yet, so it has started nothing either.
        os.kill(pid, signal.SIGKILL)


def _warm_up() -> None:
    """Do once what libraries put off until first use, so that no child has to."""
    converters.preload()
    decode(b"caf\xe9")
    for name in _CODECS:
        codecs.lookup(name)
    DOCUMENT.validate_json(DOCUMENT.dump_json(ParsedDocument("text/plain", ())))
    # What cannot be reached by a reference any more is freed; the rest is kept from the collector,
    # which would touch, and so copy, pages that the children share.
    gc.collect()
    gc.freeze()


def main() -> None:
    """Serve jobs from the socket whose descriptor is the first argument."""
    # A Ctrl-C at the terminal is the parent's to handle; it closes the socket when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[1])) as control:
        _warm_up()
        ready = what_holds()
        control.send(READY.dump_json(ready))
        _Zygote(control, drop=ready.unprivileged and os.geteuid() == 0).serve()


if __name__ == "__main__":
    main()
