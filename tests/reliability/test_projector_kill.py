"""kill -9 of a projecting process: afterwards both indexes hold what SQL holds, nothing twice."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.eval_data import FULL
from tests.index_rows import IndexRows
from tests.reliability.archive import dice, tell

from on_prem_rag.db.session import Database
from on_prem_rag.index.check import IndexCheck
from on_prem_rag.index.owner import IndexSlot
from on_prem_rag.index.projector import Projector

KILLS = 150 if FULL else 5
ROOT = Path(__file__).parents[2]
PROJECTING = """
import sys
from pathlib import Path
from on_prem_rag.index import chroma
from on_prem_rag.db.session import Database
from on_prem_rag.index.owner import IndexSlot
from on_prem_rag.index.projector import Projector
chroma._HNSW["sync_threshold"] = 100
mark, upsert = Path(sys.argv[3]), chroma.ChromaVectorStore.upsert
def marked(*arguments):
    mark.touch()
    upsert(*arguments)
    mark.unlink()
chroma.ChromaVectorStore.upsert = marked
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
    chance = dice()
    rows = IndexRows(Database(database_url))
    rows.model()
    collections = [rows.collection() for _ in range(3)]
    mark, within = tmp_path / "writing", 0
    for kill in range(KILLS):
        for number in range(12):
            collection_id = chance.choice(collections)
            name = f"document {chance.randrange(20)}"
            rows.publish(collection_id, name, [f"{kill} {number} {i}" for i in range(40)])
        within += _project_and_kill(
            database_url, tmp_path / "index", mark, chance.uniform(0.0, 0.4)
        )
    tell(f"{within} of {KILLS} kills fell into Chroma's writing")
    assert within >= KILLS // 3
    rows.drop(collections.pop())
    _assert_indexes_equal_sql(rows, tmp_path / "index")
    rows.database.close()


def _project_and_kill(database_url: str, index_dir: Path, mark: Path, after_seconds: float) -> bool:
    """Whether it was writing vectors when it was killed."""
    with subprocess.Popen(
        [sys.executable, "-c", PROJECTING, database_url, str(index_dir), str(mark)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert b"projecting\n" in iter(process.stdout.readline, b"")
        # Those that would come late are aimed at the writing.
        deadline = time.monotonic() + after_seconds
        while time.monotonic() < deadline and not (after_seconds > 0.2 and mark.exists()):
            time.sleep(0.0005)
        process.kill()
        assert process.wait() == -9
    within = mark.exists()
    mark.unlink(missing_ok=True)
    return within


def _assert_indexes_equal_sql(rows: IndexRows, index_dir: Path) -> None:
    slot = IndexSlot.acquire(index_dir, 1)
    assert not slot.was_closed_cleanly
    projector = Projector(rows.database, slot)
    check = IndexCheck(rows.database, projector)
    assert list(check.run(lambda *_: None, read_data=True, repair=False)) == []
    expected = rows.chunk_ids()
    assert check.chunks == check.vectors == sum(map(len, expected.values())) > 0
    dense = projector.dense.live
    assert dense is not None
    for collection_id, chunk_ids in expected.items():
        assert projector.lexical.chunk_ids(collection_id) == chunk_ids
        assert dense.chroma.chunk_ids(collection_id) == chunk_ids
    assert projector.find_drift() == []
    projector.close()
    slot.release()
