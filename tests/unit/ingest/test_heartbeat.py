"""A worker that works is seen to, and one that hangs or is gone is not."""

import os
import time
from pathlib import Path

from on_prem_rag.ingest.heartbeat import FRESH_SECONDS, Heartbeat


def test_a_beat_is_fresh_for_a_minute(tmp_path: Path) -> None:
    heartbeat = Heartbeat(tmp_path / "run")
    assert not heartbeat.is_fresh, "it never beat"
    heartbeat.beat()
    assert heartbeat.is_fresh
    (sign,) = (tmp_path / "run").iterdir()
    ago = time.time() - FRESH_SECONDS - 1
    os.utime(sign, (ago, ago))
    assert not heartbeat.is_fresh
    heartbeat.beat()
    assert heartbeat.is_fresh


def test_signs_of_containers_that_are_gone_are_removed(tmp_path: Path) -> None:
    left, young = tmp_path / "worker-a1b2.alive", tmp_path / "worker-c3d4.alive"
    left.touch()
    young.touch()
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(left, (two_days_ago, two_days_ago))
    Heartbeat(tmp_path).beat()
    assert not left.exists()
    assert young.exists()


def test_a_place_that_takes_nothing_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "run").touch()
    heartbeat = Heartbeat(tmp_path / "run")
    heartbeat.beat()
    assert not heartbeat.is_fresh
