"""Doctor on the clock and the ports."""

from __future__ import annotations

import ctypes
import os
import socket
import time
from pathlib import Path

import pytest

from on_prem_rag.cli.doctor_machine import is_free, kernel_clock_is_synchronised, look_at_clock


def test_a_clock_before_the_newest_file_is_wrong(tmp_path: Path) -> None:
    now = time.time()
    (tmp_path / "rag.db").touch()
    assert look_at_clock(tmp_path, now, True).level == "ok"
    tomorrow = now + 86_400
    os.utime(tmp_path / "rag.db", (tomorrow, tomorrow))
    found = look_at_clock(tmp_path, now, True)
    assert found.level == "failed"
    assert "86400 s before" in found.message


@pytest.mark.parametrize(("state", "level"), [(True, "ok"), (False, "warning"), (None, "ok")])
def test_whether_it_is_synchronised_is_told(tmp_path: Path, state: bool | None, level: str) -> None:
    found = look_at_clock(tmp_path, time.time(), state)
    assert found.level == level
    assert ("cannot be known" in found.message) == (state is None)


def test_the_kernel_says_what_timedatectl_reads_too() -> None:
    class Timex(ctypes.Structure):
        _fields_ = (
            ("modes", ctypes.c_uint),
            *((name, ctypes.c_long) for name in ("offset", "freq", "maxerror", "esterror")),
            ("status", ctypes.c_int),
            ("rest", ctypes.c_char * 256),
        )

    asked = Timex()
    if ctypes.CDLL(None).adjtimex(ctypes.byref(asked)) < 0:
        assert kernel_clock_is_synchronised() is None
    else:
        assert kernel_clock_is_synchronised() is not bool(asked.status & 0x40)


def test_a_port_that_someone_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert not is_free("127.0.0.1", port)
    assert is_free("127.0.0.1", port)
