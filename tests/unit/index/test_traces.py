"""Ids are found in raw files wherever they lie, also across two reads."""

import shutil
from pathlib import Path
from threading import Event, Thread

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


def test_folders_may_go_while_they_are_searched(tmp_path: Path) -> None:
    stopping = Event()

    def come_and_go() -> None:
        while not stopping.is_set():
            deep = tmp_path / "generation" / "segment"
            deep.mkdir(parents=True)
            (deep / "file").touch()
            shutil.rmtree(tmp_path / "generation")

    thread = Thread(target=come_and_go)
    thread.start()
    try:
        for _ in range(500):
            assert not traces.search_files(tmp_path, {new_id()}).found
    finally:
        stopping.set()
        thread.join()
