"""``doctor`` on files and disks: who may read them, how much room is left, when the certificate
ends."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from on_prem_rag.cli.findings import Finding, Level
from on_prem_rag.config import Settings, secret_files

_LOW_DISK_BYTES = 5 * 1024**3
_LOW_DISK_SHARE = 0.15
_FULL_BYTES = 256 * 1024**2
_RENEW_WITHIN = timedelta(days=21)
_OTHERS = stat.S_IRWXO
_GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def look_at_files(settings: Settings) -> Iterator[Finding]:
    """Directories, files of secrets, and the certificate if one is named."""
    yield _directory("data directory", settings.data_dir)
    yield _directory("backup directory", settings.backup_dir)
    yield from _permissions(settings)
    if settings.tls_certificate_file is not None:
        yield look_at_certificate(settings.tls_certificate_file, datetime.now(UTC))


def _directory(subject: str, path: Path) -> Finding:
    nearest = path
    while not nearest.exists():
        nearest = nearest.absolute().parent
    if not os.access(nearest, os.W_OK):
        advice = "let the user who runs the appliance write there, or name another place"
        return Finding("failed", subject, f"{path} cannot be written to", advice)
    disk = shutil.disk_usage(nearest)
    share = disk.free / disk.total if disk.total else 0.0
    text = f"{path.resolve()}, {disk.free / 1024**3:.0f} GB free ({share:.0%})"
    if disk.free < _FULL_BYTES:
        return Finding("failed", subject, text, "make room: nothing more can be taken in")
    if disk.free < _LOW_DISK_BYTES or share < _LOW_DISK_SHARE:
        return Finding("warning", subject, text, "make room, or move it to a larger disk")
    return Finding("ok", subject, text)


def _permissions(settings: Settings) -> Iterator[Finding]:
    """One line for all that is well, one for each file that is not."""
    directories = [settings.data_dir, settings.backup_dir]
    given = [settings.data_dir / "rag.db", *secret_files().values()]
    found = [
        *_too_open("warning", directories, _OTHERS, "o="),
        *_too_open("failed", given, _OTHERS, "o="),
        *_too_open("failed", _own_secrets(settings), _GROUP_AND_OTHERS, "go="),
    ]
    yield from found
    if not found:
        yield Finding("ok", "permissions", "data, backups and secrets are not open to others")


def _own_secrets(settings: Settings) -> list[Path]:
    names = ("jwt-secret", "audit-key", "server.json")
    return [settings.run_dir / name for name in names]


def _too_open(level: Level, paths: list[Path], forbidden: int, change: str) -> Iterator[Finding]:
    for path in paths:
        try:
            mode = path.stat().st_mode
        except OSError:
            continue  # What is not there is open to nobody.
        if mode & forbidden:
            said = f"{path} is open to others ({stat.filemode(mode)})"
            yield Finding(level, "permissions", said, f"chmod {change} {path}")


def look_at_certificate(path: Path, now: datetime) -> Finding:
    """When the PEM file ``path`` ends: as the alert reckons it, with the first of its chain."""
    from on_prem_rag.monitoring.host import certificate_end

    subject = "certificate"
    try:
        end = datetime.fromtimestamp(certificate_end(path), UTC)
    except OSError as error:
        advice = "let the appliance read it, or unset TLS_CERTIFICATE_FILE"
        return Finding("failed", subject, f"{path}: {error.strerror}", advice)
    except ValueError:
        advice = "name the proxy's certificate in PEM form"
        return Finding("failed", subject, f"{path} is no certificate", advice)
    advice = "put a new one in its place and restart the proxy"
    if end <= now:
        return Finding("failed", subject, f"ended on {end:%Y-%m-%d}", advice)
    text = f"ends on {end:%Y-%m-%d}, in {(end - now).days} days"
    if end - now < _RENEW_WITHIN:
        return Finding("warning", subject, text, advice)
    return Finding("ok", subject, text)
