from __future__ import annotations

import math
from datetime import UTC, datetime
from types import SimpleNamespace

from on_prem_rag.api.schemas.admin import BackupBody


def test_what_never_happened_to_backups_is_null() -> None:
    none = SimpleNamespace(
        snapshots=0,
        last_made=math.nan,
        last_size=math.nan,
        last_seconds=math.nan,
        last_restored=math.nan,
    )
    assert BackupBody.of(none).model_dump(exclude_none=True) == {"snapshots": 0}


def test_numbers_of_backups_are_moments_and_bytes() -> None:
    state = SimpleNamespace(
        snapshots=3, last_made=0.0, last_size=1e9, last_seconds=4.5, last_restored=86400.0
    )
    body = BackupBody.of(state)
    assert (body.snapshots, body.last_size, body.last_seconds) == (3, 10**9, 4.5)
    assert body.last_at == datetime(1970, 1, 1, tzinfo=UTC)
    assert body.last_verified_restore_at == datetime(1970, 1, 2, tzinfo=UTC)
