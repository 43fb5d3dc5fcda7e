"""Ids are found in raw files wherever they lie, also across two reads."""

from pathlib import Path

import pytest

from on_prem_rag.db.base import new_id
from on_prem_rag.index import traces


def test_ids_are_found_wherever_they_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "_READ_BYTES", 64)
    ids = [new_id() for _ in range(4)]
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a").write_bytes(b"\0" * 50 + ids[0].encode() + b"\xff" + ids[1].encode())
    (tmp_path / "b").write_bytes(f"{ids[2]}{ids[0]}".encode())
    found = traces.search_files(tmp_path, set(ids))
    assert found.found == set(ids[:3])
    assert (found.files, found.size_bytes) == (2, 50 + 36 + 1 + 36 + 72)
