"""What was deleted leaves the files of both indexes, while they go on serving."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from tests.index_rows import FIRST_MODEL, IndexRows, vector_of
from tests.raw_files import vectors_in_hnsw_files

from on_prem_rag.audit.erasures import states
from on_prem_rag.audit.models import Receipt
from on_prem_rag.audit.receipts import ReceiptBook, Removal
from on_prem_rag.documents.changes import last_change
from on_prem_rag.index import erasure
from on_prem_rag.index.erasure import Eraser
from on_prem_rag.index.owner import IndexSlot
from on_prem_rag.index.projector import Projector
from on_prem_rag.index.traces import search_files

ENOUGH_FOR_FILES = 5200
"""Chroma writes its HNSW files from 5000 vectors on."""


@dataclass
class Desk:
    rows: IndexRows
    projector: Projector
    eraser: Eraser
    slot: IndexSlot

    def delete(self, collection_id: str, name: str, chunk_ids: list[str]) -> str:
        """Delete a document with a receipt; returns the receipt's id."""
        self.rows.remove(collection_id, name)
        with self.rows.database.write() as session:
            removal = Removal(chunks=chunk_ids, change=last_change(session))
            return ReceiptBook().write(session, "document", "x", removal).id

    def erased(self, receipt_id: str) -> set[str]:
        """The stores that are clean."""
        with self.rows.database.read() as session:
            receipt = session.get_one(Receipt, receipt_id)
            return {s.store for s in states(session, receipt) if s.finished_at is not None}

    def run(self, receipt_id: str) -> None:
        """As the projector's thread does, until the receipt is complete."""
        for _ in range(200):
            self.projector.run_until_current()
            self.eraser.step()
            if self.erased(receipt_id) == {"sql", "vectors", "lexical"}:
                return
        raise AssertionError(self.erased(receipt_id))

    def held(self, chunk_ids: list[str]) -> tuple[int, int]:
        """How many of the chunks lie in Chroma's files and in tantivy's dictionaries."""
        files = search_files(self.projector.dense.directory, set(chunk_ids))
        return len(files.found), len(self.projector.lexical.traces(chunk_ids))


def nothing(_: Session) -> None:
    """No original to sweep."""


@pytest.fixture
def desk(rows: IndexRows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(erasure, "_LOOK_SECONDS", 0.0)
    monkeypatch.setattr(erasure, "_REST", 0.0)
    rows.model()
    slot = IndexSlot.acquire(tmp_path / "index", 1)
    projector = Projector(rows.database, slot)
    eraser = Eraser(rows.database, projector, slot, nothing, quiet_seconds=0)
    eraser.step()
    yield Desk(rows, projector, eraser, slot)
    projector.close()
    slot.release()


def test_bytes_leave_hnsw_files_and_dictionaries(desk: Desk, tmp_path: Path) -> None:
    shared = desk.rows.collection()
    texts = [f"kept {number}" for number in range(ENOUGH_FOR_FILES)]
    kept = desk.rows.publish(shared, "kept", texts)
    gone_texts = [f"gone {number}" for number in range(50)]
    gone = desk.rows.publish(shared, "gone", gone_texts)
    desk.projector.run_until_current()
    vectors = [vector_of(text, FIRST_MODEL).tobytes() for text in gone_texts]
    receipt = desk.delete(shared, "gone", gone)
    desk.projector.run_until_current()
    dense = desk.projector.dense.live
    assert dense is not None
    assert dense.holds_deleted
    assert desk.held(gone)[0] == 50, "the control: view and files differ"
    assert vectors_in_hnsw_files(tmp_path, vectors) + desk.held(gone)[0] >= 50

    desk.run(receipt)
    assert desk.held(gone) == (0, 0)
    assert vectors_in_hnsw_files(tmp_path, vectors) == 0
    # The last few of them are in Chroma's log yet.
    left = [vector_of(text, FIRST_MODEL).tobytes() for text in texts]
    assert vectors_in_hnsw_files(tmp_path, left) >= 5000
    live = desk.projector.dense.live
    assert live is not None
    assert live is not dense
    assert live.chroma.chunk_ids(shared) == set(kept)
    assert desk.projector.lexical.chunk_ids(shared) == set(kept)
    assert desk.projector.find_drift() == []


def test_nothing_is_done_before_it_is_quiet_and_projected(desk: Desk) -> None:
    shared = desk.rows.collection()
    gone = desk.rows.publish(shared, "gone", ["one"])
    desk.rows.publish(shared, "kept", ["two"])
    desk.projector.run_until_current()
    receipt = desk.delete(shared, "gone", gone)
    desk.eraser.step()
    assert desk.erased(receipt) == {"sql"}, "the indexes have not followed yet"
    desk.projector.run_until_current()
    desk.eraser.quiet = timedelta(hours=1)
    desk.eraser.step()
    assert desk.erased(receipt) == {"sql"}
    desk.eraser.quiet = timedelta(0)
    desk.run(receipt)


def test_what_is_deleted_while_vectors_are_copied_waits_for_the_next_copy(desk: Desk) -> None:
    shared = desk.rows.collection()
    first, second = (desk.rows.publish(shared, name, [name]) for name in ("a", "b"))
    desk.rows.publish(shared, "c", ["c"])
    desk.projector.run_until_current()
    early = desk.delete(shared, "a", first)
    desk.projector.run_until_current()
    while not desk.projector.dense.is_building:
        desk.eraser.step()
    desk.projector.dense.step(1)
    late = desk.delete(shared, "b", second)
    desk.projector.run_until_current()
    desk.eraser.step()
    assert "vectors" in desk.erased(early)
    assert "vectors" not in desk.erased(late)
    desk.run(late)
    assert desk.held(first + second) == (0, 0)


def test_a_private_collection_outside_of_chroma_needs_no_copy(desk: Desk) -> None:
    private = desk.rows.collection(private=True)
    gone = desk.rows.publish(private, "gone", ["one"])
    desk.projector.run_until_current()
    before = desk.projector.dense.live
    desk.run(desk.delete(private, "gone", gone))
    assert desk.projector.dense.live is before


def test_a_new_slot_does_not_answer_for_what_it_never_held(desk: Desk, tmp_path: Path) -> None:
    shared = desk.rows.collection()
    gone = desk.rows.publish(shared, "gone", ["one"])
    desk.projector.run_until_current()
    receipt = desk.delete(shared, "gone", gone)
    slot = IndexSlot.acquire(tmp_path / "index", 2)
    other = Projector(desk.rows.database, slot)
    eraser = Eraser(desk.rows.database, other, slot, nothing, quiet_seconds=0)
    eraser.step()
    with desk.rows.database.read() as session:
        found = session.scalars(select(Receipt)).one()
        assert {s.place for s in states(session, found)} == {"shared", desk.slot.name}
    desk.run(receipt)
    other.close()
    slot.release()


def test_words_in_a_segment_that_is_still_there_are_not_called_gone(desk: Desk) -> None:
    shared = desk.rows.collection()
    gone = desk.rows.publish(shared, "gone", ["one"])
    desk.rows.publish(shared, "kept", ["two"])
    desk.projector.run_until_current()
    # As the inputs of a merge under way: no part of the index, and not yet removed.
    folder = desk.projector.lexical.directory
    segment = next(folder.glob("*.term"))
    left = folder / f"{'0' * 32}.term"
    receipt = desk.delete(shared, "gone", gone)
    left.write_bytes(segment.read_bytes())
    for _ in range(20):
        desk.projector.run_until_current()
        desk.eraser.step()
    assert "lexical" not in desk.erased(receipt)
    left.unlink()
    desk.run(receipt)
    assert search_files(folder, set(gone)).found == frozenset()


def test_vectors_whose_folder_could_not_be_removed_are_not_called_gone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = desk.rows.collection()
    gone = desk.rows.publish(shared, "gone", ["one"])
    desk.rows.publish(shared, "kept", ["two"])
    desk.projector.run_until_current()
    receipt = desk.delete(shared, "gone", gone)
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", lambda *_, **__: None)
        for _ in range(20):
            desk.projector.run_until_current()
            desk.eraser.step()
        assert desk.held(gone)[0] == 1
        assert "vectors" not in desk.erased(receipt)
    desk.run(receipt)
    assert desk.held(gone) == (0, 0)
