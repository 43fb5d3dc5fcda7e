"""Following SQL: both indexes end as the change log says, whatever happens on the way."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.index_rows import IndexRows, vector_of

from on_prem_rag.index.owner import IndexSlot
from on_prem_rag.index.projector import Projector, ProjectorThread
from on_prem_rag.llm.protocols import ModelFingerprint


@pytest.fixture
def slot(tmp_path: Path) -> Iterator[IndexSlot]:
    held = IndexSlot.acquire(tmp_path / "index", 1)
    yield held
    held.release()


@pytest.fixture
def projector(rows: IndexRows, slot: IndexSlot) -> Iterator[Projector]:
    rows.model()
    made = Projector(rows.database, slot)
    yield made
    made.close()


def assert_equal_to_sql(projector: Projector, rows: IndexRows) -> None:
    dense = projector.dense.live
    assert dense is not None
    expected = rows.chunk_ids()
    seen = projector.lexical.collection_ids() | dense.chroma.collection_ids() | expected.keys()
    for collection_id in seen:
        wanted = expected.get(collection_id, set())
        assert projector.lexical.chunk_ids(collection_id) == wanted
        assert projector.lexical.count(collection_id) == len(wanted)
        assert dense.chroma.chunk_ids(collection_id) == wanted
        assert dense.chroma.count(collection_id) == len(wanted)


def test_published_replaced_removed_and_dropped(projector: Projector, rows: IndexRows) -> None:
    kept, dropped = rows.collection(), rows.collection()
    rows.publish(kept, "a", ["one", "two"])
    rows.publish(kept, "b", ["three"])
    rows.publish(dropped, "c", ["four"])
    assert projector.run_until_current() == 3
    assert projector.watermark == 3
    assert_equal_to_sql(projector, rows)
    rows.publish(kept, "a", ["five"])
    rows.remove(kept, "b")
    rows.drop(dropped)
    assert projector.lag == 3
    assert [projector.advance(1) for _ in range(4)] == [1, 1, 1, 0]
    assert (projector.lag, projector.watermark) == (0, 6)
    assert_equal_to_sql(projector, rows)


@pytest.mark.parametrize("step", [1, 2, 500])
def test_moved_to_and_fro(projector: Projector, rows: IndexRows, step: int) -> None:
    here, there = rows.collection(), rows.collection()
    rows.publish(here, "a", [f"text {i}" for i in range(1100)])
    rows.publish(here, "b", ["stays"])
    projector.run_until_current()
    rows.move(here, there, "a")
    while projector.advance(step):
        pass
    assert_equal_to_sql(projector, rows)
    assert len(projector.lexical.chunk_ids(there)) == 1100
    rows.move(there, here, "a")
    rows.move(here, there, "b")
    rows.publish(there, "b", ["replaced"])
    rows.move(here, there, "a")
    while projector.advance(step):
        pass
    assert_equal_to_sql(projector, rows)
    rows.publish(there, "never seen here", ["moved before it was followed"])
    rows.move(there, here, "never seen here")
    rows.move(here, there, "never seen here")
    rows.remove(there, "never seen here")
    while projector.advance(step):
        pass
    assert_equal_to_sql(projector, rows)


def test_moved_between_a_private_collection_and_a_shared_one(
    projector: Projector, rows: IndexRows
) -> None:
    private, shared = rows.collection(private=True), rows.collection()
    [chunk_id] = rows.publish(private, "a", ["one"])
    projector.run_until_current()
    dense = projector.dense.live
    assert dense is not None
    question = vector_of("one")

    def found(collection_id: str) -> list[str]:
        return [hit.chunk_id for hit in dense.search(collection_id, question, 5)]

    assert (found(private), found(shared)) == ([chunk_id], [])
    for source, target in ((private, shared), (shared, private)):
        rows.move(source, target, "a")
        projector.run_until_current()
        assert (found(source), found(target)) == ([], [chunk_id])
        assert projector.lexical.chunk_ids(target) == {chunk_id}
    assert projector.find_drift() == []


def test_a_document_of_many_chunks_is_searchable_only_whole(
    projector: Projector, rows: IndexRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection_id = rows.collection()
    rows.publish(collection_id, "a", [f"text {i}" for i in range(2500)])
    marks = []
    apply = projector.lexical.apply

    def watched(*values: object) -> None:
        apply(*values)
        marks.append(projector.watermark)

    monkeypatch.setattr(projector.lexical, "apply", watched)
    projector.run_until_current()
    assert marks == [0, 0, 1]
    assert_equal_to_sql(projector, rows)


def test_a_crash_between_the_indexes_is_repaired_by_repeating(
    projector: Projector, rows: IndexRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection_id = rows.collection()
    rows.publish(collection_id, "a", ["one", "two"])
    with monkeypatch.context() as patched:
        patched.setattr(projector.lexical, "apply", _full_disk)
        with pytest.raises(OSError, match="disk"):
            projector.advance()
    assert projector.watermark == 0
    projector.run_until_current()
    assert_equal_to_sql(projector, rows)


def test_a_dense_generation_that_keeps_failing_does_not_hold_up_the_lexical_index(
    projector: Projector, rows: IndexRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection_id = rows.collection()
    projector.run_until_current()
    rows.publish(collection_id, "a", ["one"])
    assert projector.dense.live is not None
    monkeypatch.setattr(projector.dense.live, "add", _full_disk)
    for _ in range(3):
        with pytest.raises(OSError, match="disk"):
            projector.advance()
    projector.run_until_current()
    assert projector.watermark == 1
    assert_equal_to_sql(projector, rows)


def test_changes_during_a_build_reach_both_generations(
    projector: Projector, rows: IndexRows
) -> None:
    collection_id = rows.collection()
    rows.publish(collection_id, "a", [f"text {i}" for i in range(1500)])
    projector.run_until_current()
    second = rows.model(ModelFingerprint("second", "digest", 4))
    projector.advance()
    assert projector.dense.is_building
    rows.publish(collection_id, "a", ["replaced"])
    other = rows.collection()
    rows.publish(other, "b", ["new"])
    projector.run_until_current()
    assert projector.dense.live is not None
    assert projector.dense.live.model == second
    assert_equal_to_sql(projector, rows)


def test_a_lost_lexical_index_comes_back_from_the_change_log(
    projector: Projector, rows: IndexRows, slot: IndexSlot
) -> None:
    rows.publish(rows.collection(), "a", ["one"])
    projector.run_until_current()
    projector.close()
    (slot.directory / "lexical" / "meta.json").write_text("cut")
    again = Projector(rows.database, slot)
    assert again.watermark == 0
    again.run_until_current()
    assert_equal_to_sql(again, rows)
    again.close()


def test_drift_is_found_and_repaired(projector: Projector, rows: IndexRows) -> None:
    collection_id = rows.collection()
    chunk_ids = rows.publish(collection_id, "a", ["one", "two"])
    assert projector.find_drift() is None
    projector.run_until_current()
    assert projector.find_drift() == []
    assert projector.dense.live is not None
    projector.dense.live.delete(collection_id, chunk_ids[:1])
    projector.dense.note_files()
    projector.lexical.apply([], chunk_ids[1:], projector.watermark)
    drift = projector.reconcile()
    assert [(d.index, d.expected, d.held) for d in drift] == [("lexical", 2, 1), ("dense", 2, 1)]
    assert_equal_to_sql(projector, rows)
    assert projector.reconcile() == []


def test_what_was_never_probed_is_not_marked_as_closed_cleanly(
    rows: IndexRows, tmp_path: Path
) -> None:
    rows.model()
    for was_clean in (True, False):
        slot = IndexSlot.acquire(tmp_path / "other", 1)
        assert slot.was_closed_cleanly is was_clean
        Projector(rows.database, slot)
        slot.release()
    slot = IndexSlot.acquire(tmp_path / "other", 1)
    Projector(rows.database, slot).close()
    slot.release()
    slot = IndexSlot.acquire(tmp_path / "other", 1)
    assert not slot.was_closed_cleanly
    projector = Projector(rows.database, slot)
    projector.advance()
    projector.close()
    assert (slot.directory / "closed-cleanly").exists()
    slot.release()


def test_the_thread_follows_reports_failures_and_recovers(
    rows: IndexRows, slot: IndexSlot, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows.model()
    projector = Projector(rows.database, slot)
    failed, applied = threading.Event(), threading.Event()
    advance = projector.advance

    def failing() -> int:
        if not failed.is_set():
            failed.set()
            raise OSError("disk full")
        done = advance()
        if done:
            applied.set()
        return done

    monkeypatch.setattr(projector, "advance", failing)
    rows.publish(rows.collection(), "a", ["one"])
    thread = ProjectorThread(projector, poll_seconds=0.01)
    thread.start()
    assert failed.wait(10)
    assert applied.wait(30)
    thread.wake()
    thread.close()
    assert not thread.is_alive()
    assert (slot.directory / "closed-cleanly").exists()


def test_the_thread_names_its_last_error(
    rows: IndexRows, slot: IndexSlot, monkeypatch: pytest.MonkeyPatch
) -> None:
    projector = Projector(rows.database, slot)
    tried = threading.Semaphore(0)

    def failing() -> int:
        tried.release()
        raise OSError("disk full")

    monkeypatch.setattr(projector, "advance", failing)
    thread = ProjectorThread(projector, poll_seconds=0.01)
    thread.start()
    assert all(tried.acquire(timeout=10) for _ in range(2))
    thread.close()
    assert thread.last_error == "OSError: disk full"


def _full_disk(*_: object) -> None:
    raise OSError("disk full")
