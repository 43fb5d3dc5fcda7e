"""What was deleted does not come up in the files of an index made later."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import ctypes, sys
from pathlib import Path
from uuid import uuid4

import numpy as np

from on_prem_rag.index import chroma
from on_prem_rag.index.traces import search_files
from on_prem_rag.llm.protocols import ModelFingerprint

folder, wipes = Path(sys.argv[1]), sys.argv[2] == "True"
if not wipes:
    chroma.wipe_memory = lambda: False
model = ModelFingerprint("first", "1", 8)
found = 0
for number in range(20):
    store = chroma.ChromaVectorStore(folder / f"{number}-first", model)
    ids = [str(uuid4()) for _ in range(300)]
    store.upsert("deleted", ids, np.random.default_rng(number).random((300, 8), np.float32))
    store.delete("deleted", ids)
    store.close()
    later = chroma.ChromaVectorStore(folder / f"{number}-later", model)
    for collection in ("a", "b", "c"):
        later.upsert(collection, ["kept"], np.ones((1, 8), np.float32))
        later.search(collection, np.ones(8, np.float32), 1)
    found += len(search_files(folder / f"{number}-later", ids).found)
    later.close()
print(found)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library cannot wipe")
@pytest.mark.parametrize("wipes", [True, False])
def test_deleted_ids_are_not_in_files_made_later(tmp_path: Path, wipes: bool) -> None:
    """In a process of its own: what lies in memory depends on all that went before."""
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), str(wipes)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = int(done.stdout.splitlines()[-1])
    assert found == 0 if wipes else found > 0, "the control finds them"
