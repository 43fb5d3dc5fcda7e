"""``doctor`` on this machine: Python, tesseract, the converters' bounds, the clock, the ports."""

from __future__ import annotations

import ctypes
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import on_prem_rag
from on_prem_rag.cli.findings import Finding, Level
from on_prem_rag.cli.server_file import find_server_file
from on_prem_rag.config import BUNDLED_EMBEDDING_MODEL, Settings
from on_prem_rag.errors import AppError

_SKEW_SECONDS = 120.0
_TIMEX_STATUS_AT, _TIMEX_BYTES, _STA_UNSYNC = 40, 512, 0x40


def look_at_machine(settings: Settings) -> Iterator[Finding]:
    """Everything that can be told without a server."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    supported = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding("ok" if supported else "warning", "python", version)
    yield _tesseract()
    yield _converters()
    yield _bundled_model(settings)
    yield look_at_clock(settings.data_dir, time.time(), kernel_clock_is_synchronised())
    yield from _ports(settings)


def _tesseract() -> Finding:
    program = shutil.which("tesseract")
    if program is None:
        advice = "apt-get install tesseract-ocr"
        return Finding("warning", "tesseract", "scans are not read", advice)
    listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False)
    languages = [line for line in listed.stdout.splitlines()[1:] if line != "osd"]
    return Finding("ok", "tesseract", "scans are read in " + ", ".join(languages))


def _converters() -> Finding:
    """Which bounds hold around the processes that read uploaded files."""
    from on_prem_rag.ingest.sandbox import Sandbox

    try:
        with Sandbox() as sandbox:
            ready = sandbox.start()
    except AppError as error:
        return Finding("failed", "converters", error.message, error.hint)
    lacking = []
    if not ready.network_denied:
        lacking.append("can reach the network (this kernel has no seccomp)")
    if not ready.writing_confined:
        lacking.append("can write anywhere (this kernel has no Landlock)")
    if not ready.unprivileged:
        lacking.append(
            "run as root: start the appliance as another user, or allow it CAP_SETUID, CAP_SETGID,"
            " CAP_CHOWN and CAP_KILL and keep its Python where everyone may read it"
        )
    if lacking:
        return Finding("warning", "converters", "they " + "; they ".join(lacking))
    return Finding("ok", "converters", "no network, no writing, not as root")


def _bundled_model(settings: Settings) -> Finding:
    subject = "embedding model"
    if settings.embedding_model != BUNDLED_EMBEDDING_MODEL:
        return Finding("ok", subject, f"{settings.embedding_model}, from Ollama")
    if any(settings.models_dir.glob("*.onnx")):
        return Finding("ok", subject, f"built in {settings.models_dir.resolve()}")
    return Finding("ok", subject, "bundled; it is built when first used, within seconds")


def look_at_clock(data_dir: Path, now: float, synchronised: bool | None) -> Finding:
    """Whether ``now`` (seconds since 1970) can be: no file of ours is from the future.

    ``synchronised`` is what the kernel says, None where it does not say.
    """
    ours = [Path(on_prem_rag.__file__), *data_dir.glob("*"), *data_dir.glob("run/*")]
    newest = max(path.lstat().st_mtime for path in ours)
    if now + _SKEW_SECONDS < newest:
        said = f"it stands {newest - now:.0f} s before the newest file of the appliance"
        advice = "set it: sign-ins, retention and receipts go by it"
        return Finding("failed", "clock", said, advice)
    told = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    if synchronised is None:
        return Finding("ok", "clock", f"{told}; whether it is synchronised cannot be known here")
    if not synchronised:
        advice = "point chrony or timesyncd to a time server within your network"
        return Finding("warning", "clock", f"{told}, not synchronised", advice)
    return Finding("ok", "clock", f"{told}, synchronised")


def kernel_clock_is_synchronised() -> bool | None:
    """What the kernel knows of a time service, container or not; None where it may not be asked."""
    if sys.platform != "linux":
        return None
    # struct timex with modes = 0 only reads; status is an int after five longs.
    buffer = ctypes.create_string_buffer(_TIMEX_BYTES)
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(buffer)
    except (AttributeError, OSError):
        return None
    if state < 0:
        return None
    status = ctypes.c_int.from_buffer(buffer, _TIMEX_STATUS_AT).value
    return not status & _STA_UNSYNC


def _ports(settings: Settings) -> Iterator[Finding]:
    """The ports are ours while a server runs here, and have to be free before it starts."""
    ours = find_server_file(settings.server_file_path)
    wanted = {"port": settings.port}
    if settings.enable_metrics:
        wanted["metrics port"] = settings.metrics_port
    for subject, port in wanted.items():
        if not port:
            yield Finding("ok", subject, "any that is free")
        elif is_free(settings.host, port):
            served = ours is not None and ours.socket is None
            if served and subject == "metrics port":
                advice = "see `metrics_listener_failed` in the log, and start the server again"
                yield Finding("warning", subject, f"nothing listens on {port}", advice)
            else:
                yield Finding("ok", subject, f"{port} is free")
        elif ours is not None:
            yield Finding("ok", subject, f"{port} is in use, and a server of ours runs")
        else:
            advice = f"stop what listens there, or set {subject.upper().replace(' ', '_')}"
            # Without its metrics the appliance still serves.
            level: Level = "failed" if subject == "port" else "warning"
            yield Finding(level, subject, f"{port} is taken by another program", advice)


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    try:
        family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
    except ValueError:
        family = socket.AF_INET
    with socket.socket(family) as probe:
        # As servers do: what lingers of closed connections does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
