from __future__ import annotations

import os
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from on_prem_rag.monitoring import host


def _certificate(path: Path, days: int) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    names = ["-noenc", "-subj", "/CN=rag.example.internal", "-days", str(days)]
    written = ["-keyout", os.devnull, "-out", str(path)]
    subprocess.run([*command, *names, *written], check=True, capture_output=True)


def test_processors_are_busy_or_idle_and_never_go_back() -> None:
    before = host.cpu_seconds()
    deadline = time.monotonic() + 30
    while host.cpu_seconds()["busy"] == before["busy"]:
        assert time.monotonic() < deadline, "this loop alone keeps a processor busy"
    after = host.cpu_seconds()
    assert after["idle"] >= before["idle"]
    # Each processor was one or the other since the start; the kernel counts hundredths.
    up = float(Path("/proc/uptime").read_text().split()[0])
    assert sum(after.values()) <= up * (os.cpu_count() or 1) * 1.05 + 10


def test_memory_and_disks_are_this_machine_s(tmp_path: Path) -> None:
    total, available = host.memory_bytes()
    assert total == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 0 < available < total
    size, free = host.disk_bytes(tmp_path)
    seen = os.statvfs(tmp_path)
    assert size == seen.f_blocks * seen.f_frsize
    assert 0 < free <= size
    with pytest.raises(FileNotFoundError):
        host.disk_bytes(tmp_path / "absent")


def test_the_end_of_a_certificate_is_that_of_the_first_of_its_chain(tmp_path: Path) -> None:
    leaf, authority, chain = (tmp_path / name for name in ("leaf.pem", "ca.pem", "chain.pem"))
    _certificate(leaf, 30)
    _certificate(authority, 10)
    chain.write_bytes(leaf.read_bytes() + authority.read_bytes())
    for path, days in ((leaf, 30), (chain, 10)):
        assert host.certificate_end(path) == pytest.approx(time.time() + days * 86400, abs=120)
    shown = subprocess.run(
        ["openssl", "x509", "-in", str(leaf), "-noout", "-enddate"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    end = ssl.cert_time_to_seconds(shown.strip().partition("=")[2])
    assert host.certificate_end(leaf) == end
    (tmp_path / "none.pem").write_text("no certificate")
    with pytest.raises(ValueError, match="PEM"):
        host.certificate_end(tmp_path / "none.pem")
