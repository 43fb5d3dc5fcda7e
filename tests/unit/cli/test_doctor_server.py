"""Doctor on the GPU, the index and the backups, by what the server and Ollama say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from on_prem_rag.cli.doctor_server import look_at_backups, look_at_gpu, look_at_index

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def before(**age: float) -> str:
    return (NOW - timedelta(**age)).isoformat()


@pytest.mark.parametrize(
    ("vram", "level", "said"),
    [(1000, "ok", "m 100%"), (600, "warning", "m 60%"), (0, "warning", "processors alone")],
)
def test_where_a_model_lies(vram: int, level: str, said: str) -> None:
    found = look_at_gpu([{"name": "m", "size": 1000, "size_vram": vram}])
    assert (found.level, said in found.message) == (level, True)


def test_no_loaded_model_is_no_failure() -> None:
    assert look_at_gpu([]).level == "ok"


@pytest.mark.parametrize(
    ("last", "level"),
    [
        (None, "warning"),
        ({"finished_at": before(hours=2), "consistent": True, "inconsistencies": 0}, "ok"),
        ({"finished_at": before(days=4), "consistent": True, "inconsistencies": 0}, "warning"),
        ({"finished_at": before(hours=2), "consistent": False, "inconsistencies": 3}, "failed"),
    ],
)
def test_the_last_check_counts(last: dict[str, Any] | None, level: str) -> None:
    index, check = look_at_index({"index_lag": 0, "last_check": last}, NOW)
    assert (index.level, check.level) == ("ok", level)


def test_an_index_far_behind_is_told() -> None:
    behind, _ = look_at_index({"index_lag": 5000, "last_check": None}, NOW)
    assert (behind.level, "5000" in behind.message) == ("warning", True)


@pytest.mark.parametrize(
    ("made", "restored", "levels"),
    [
        (before(hours=10), before(days=7), ["ok", "ok"]),
        (before(hours=27), before(days=9), ["warning", "warning"]),
        (None, None, ["warning", "warning"]),
    ],
)
def test_backups_grow_old(made: str | None, restored: str | None, levels: list[str]) -> None:
    backup = {"snapshots": 3, "last_at": made, "last_verified_restore_at": restored}
    assert [finding.level for finding in look_at_backups(backup, NOW)] == levels
