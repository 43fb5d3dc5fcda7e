"""kill -9 of a projecting process: afterwards both indexes hold what SQL holds, nothing twice."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from tests.eval_data import FULL
from tests.index_rows import IndexRows

from on_prem_rag.db.session import Database
from on_prem_rag.index.owner import IndexSlot
from on_prem_rag.index.projector import Projector

KILLS = 20 if FULL else 3
ROOT = Path(__file__).parents[2]
PROJECTING = """
import sys
from pathlib import Path
from on_prem_rag.db.session import Database
from on_prem_rag.index.owner import IndexSlot
from on_prem_rag.index.projector import Projector
projector = Projector(Database(sys.argv[1]), IndexSlot.acquire(Path(sys.argv[2]), 1))
projector.advance(1)
print("projecting", flush=True)
while True:
    projector.advance(1)
"""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nothing_is_lost_or_doubled_when_the_projector_is_killed(
    database_url: str, tmp_path: Path
) -> None:
    dice = random.Random(2)
    rows = IndexRows(Database(database_url))
    rows.model()
    collections = [rows.collection() for _ in range(3)]
    for kill in range(KILLS):
        for number in range(12):
            collection_id = dice.choice(collections)
            name = f"document {dice.randrange(20)}"
            rows.publish(collection_id, name, [f"{kill} {number} {i}" for i in range(40)])
        _project_and_kill(database_url, tmp_path / "index", dice.uniform(0.0, 0.4))
    rows.drop(collections.pop())
    _assert_indexes_equal_sql(rows, tmp_path / "index")
    rows.database.close()


def _project_and_kill(database_url: str, index_dir: Path, after_seconds: float) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROJECTING, database_url, str(index_dir)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert b"projecting\n" in iter(process.stdout.readline, b"")
        try:
            process.wait(after_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        assert process.wait() == -9


def _assert_indexes_equal_sql(rows: IndexRows, index_dir: Path) -> None:
    slot = IndexSlot.acquire(index_dir, 1)
    assert not slot.was_closed_cleanly
    projector = Projector(rows.database, slot)
    projector.run_until_current()
    drift = projector.find_drift()
    dense = projector.dense.live
    assert dense is not None
    expected = rows.chunk_ids()
    assert expected
    for collection_id, chunk_ids in expected.items():
        assert projector.lexical.count(collection_id) == len(chunk_ids)
        assert projector.lexical.chunk_ids(collection_id) == chunk_ids
        assert dense.chroma.count(collection_id) == len(chunk_ids)
        assert dense.chroma.chunk_ids(collection_id) == chunk_ids
    assert drift == []
    projector.close()
    slot.release()
