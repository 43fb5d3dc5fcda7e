"""What differs between SQL and an index is found chunk by chunk, also while SQL goes on."""

import numpy as np
import pytest
from tests.index_rows import FIRST_MODEL, IndexRows, vector_of

from on_prem_rag.documents.check import Finding
from on_prem_rag.errors import ServiceUnavailable
from on_prem_rag.index.check import IndexCheck
from on_prem_rag.index.dense import DenseGeneration
from on_prem_rag.index.projector import Projector
from on_prem_rag.index.truth import lexical_entries


def found(
    projector: Projector, rows: IndexRows, *, read_data: bool = False, repair: bool = False
) -> list[Finding]:
    check = IndexCheck(rows.database, projector, seed=1)
    return list(check.run(lambda *_: None, read_data=read_data, repair=repair))


def live(projector: Projector) -> DenseGeneration:
    assert projector.dense.live is not None
    return projector.dense.live


def test_what_is_alike_is_counted_and_nothing_is_found(
    projector: Projector, rows: IndexRows
) -> None:
    shared, private = rows.collection(), rows.collection(private=True)
    rows.publish(shared, "a", ["one", "two", "two"])
    rows.publish(private, "b", ["three"])
    check = IndexCheck(rows.database, projector)
    assert list(check.run(lambda *_: None, read_data=True, repair=False)) == []
    assert (check.collections, check.chunks, check.vectors) == (2, 4, 3)


def test_the_same_number_of_other_chunks_is_found_and_repaired(
    projector: Projector, rows: IndexRows
) -> None:
    """Counts alone would not see it."""
    collection_id, gone = rows.collection(), rows.collection()
    first, second = rows.publish(collection_id, "a", ["one", "two"])
    projector.run_until_current()
    [surplus] = rows.publish(gone, "b", ["three"])
    with rows.database.read() as session:
        [entry] = lexical_entries(session, [surplus])
    projector.run_until_current()
    rows.drop(gone)
    projector.run_until_current()
    stray = type(entry)(**{**_values(entry), "collection_id": collection_id})
    projector.lexical.apply([stray], [first], projector.watermark)
    live(projector).chroma.delete(collection_id, [second])
    live(projector).chroma.upsert(collection_id, ["stray"], np.array([vector_of("three")]))
    projector.dense.note_files()
    assert projector.find_drift() == []
    expected = {
        ("lexical", "missing", (first,)),
        ("lexical", "surplus", (surplus,)),
        ("vectors", "missing", (second,)),
        ("vectors", "surplus", ("stray",)),
    }
    findings = found(projector, rows)
    assert {(f.store, f.kind, f.ids) for f in findings} == expected
    assert {f.collection_id for f in findings} == {collection_id}
    assert not any(f.repaired for f in findings)
    repaired = found(projector, rows, repair=True)
    assert {(f.store, f.kind, f.ids) for f in repaired} == expected
    assert all(f.repaired for f in repaired)
    assert found(projector, rows, read_data=True) == []


def test_uploads_and_deletions_meanwhile_are_no_findings(
    projector: Projector, rows: IndexRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQL changes between any two looks, in front of the indexes and behind them."""
    collection_id = rows.collection()
    for number in range(4):
        rows.publish(collection_id, f"{number}", [f"{number} {i}" for i in range(5)])
    [lost] = rows.publish(collection_id, "lost", ["lost"])
    projector.run_until_current()
    projector.lexical.apply([], [lost], projector.watermark)
    check = IndexCheck(rows.database, projector)
    compare, turns = check._compare, iter(range(100))

    def restless(index: str, place: str) -> object:
        turn = next(turns)
        rows.publish(collection_id, f"new {turn}", [f"new {turn} {i}" for i in range(5)])
        result = compare(index, place)  # type: ignore[arg-type]
        if turn < 4:
            rows.remove(collection_id, f"{turn}")
            projector.advance()
        return result

    monkeypatch.setattr(check, "_compare", restless)
    findings = list(check.run(lambda *_: None, read_data=True, repair=False))
    assert [(f.store, f.kind, f.ids) for f in findings] == [("lexical", "missing", (lost,))]
    assert next(turns) > 2


def test_vectors_unlike_sqls_are_found_by_reading_and_built_anew(
    projector: Projector, rows: IndexRows
) -> None:
    collection_id = rows.collection()
    chunk_ids = rows.publish(collection_id, "a", [f"text {i}" for i in range(30)])
    projector.run_until_current()
    wrong = np.array([vector_of("another text")])
    live(projector).chroma.upsert(collection_id, chunk_ids[7:8], wrong)
    projector.dense.note_files()
    [finding] = found(projector, rows, read_data=True)
    assert (finding.kind, finding.ids) == ("changed", (chunk_ids[7],))
    [repaired] = found(projector, rows, read_data=True, repair=True)
    assert (repaired.kind, repaired.repaired) == ("changed", True)
    assert found(projector, rows, read_data=True) == []


def test_vectors_that_do_not_find_themselves_are_found_by_sampling(
    projector: Projector, rows: IndexRows
) -> None:
    collection_id = rows.collection()
    chunk_ids = rows.publish(collection_id, "a", [f"text {i}" for i in range(40)])
    projector.run_until_current()
    mixed = np.array([vector_of(f"noise {i}") for i in range(40)])
    live(projector).chroma.upsert(collection_id, chunk_ids, mixed)
    projector.dense.note_files()
    [finding] = found(projector, rows)
    assert finding.kind == "unfindable"
    assert finding.count > 10
    found(projector, rows, repair=True)
    assert found(projector, rows, read_data=True) == []


def test_damaged_files_are_replaced_while_it_waits(projector: Projector, rows: IndexRows) -> None:
    collection_id = rows.collection()
    rows.publish(collection_id, "a", ["one"])
    projector.run_until_current()
    before = live(projector)
    (before.directory / "chroma.sqlite3").write_bytes(b"")
    assert found(projector, rows, read_data=True) == []
    assert live(projector) is not before
    assert live(projector).model == FIRST_MODEL


def test_indexes_that_cannot_follow_are_said_to(
    projector: Projector, rows: IndexRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows.publish(rows.collection(), "a", ["one"])

    def full_disk(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(projector.lexical, "apply", full_disk)
    check = IndexCheck(rows.database, projector, follow_seconds=0)
    with pytest.raises(ServiceUnavailable, match="cannot follow"):
        list(check.run(lambda *_: None, read_data=False, repair=False))


def _values(entry: object) -> dict[str, object]:
    return {name: getattr(entry, name) for name in entry.__slots__}  # type: ignore[attr-defined]
