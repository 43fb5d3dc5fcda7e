"""What was deleted does not come up in the files of an index made later."""

import ctypes
import platform
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from on_prem_rag.index import chroma
from on_prem_rag.index.chroma import ChromaVectorStore
from on_prem_rag.index.heap import wipe_memory
from on_prem_rag.index.traces import search_files
from on_prem_rag.llm.protocols import ModelFingerprint

M_PERTURB = -6
MODEL = ModelFingerprint("first", "1", 8)

pytestmark = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="another C library cannot wipe its memory"
)


def deleted_ids_in_later_files(folder: Path, rounds: int) -> int:
    """How many ids of vectors deleted in one directory lie in the files of another."""
    found = 0
    for number in range(rounds):
        store = ChromaVectorStore(folder / f"{number}-first", MODEL)
        ids = [str(uuid4()) for _ in range(300)]
        store.upsert("deleted", ids, np.random.default_rng(number).random((300, 8), np.float32))
        store.delete("deleted", ids)
        store.close()
        later = ChromaVectorStore(folder / f"{number}-later", MODEL)
        for collection in ("a", "b", "c"):
            later.upsert(collection, ["kept"], np.ones((1, 8), np.float32))
            later.search(collection, np.ones(8, np.float32), 1)
        found += len(search_files(folder / f"{number}-later", ids).found)
        later.close()
    return found


def test_deleted_ids_are_not_in_files_made_later(tmp_path: Path) -> None:
    assert deleted_ids_in_later_files(tmp_path, 20) == 0


def test_the_control_without_wiping_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chroma, "wipe_memory", lambda: False)
    ctypes.CDLL(None).mallopt(M_PERTURB, 0)
    try:
        assert deleted_ids_in_later_files(tmp_path, 20) > 0
    finally:
        assert wipe_memory()
