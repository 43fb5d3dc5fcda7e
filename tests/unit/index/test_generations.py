"""One generation serves while another is built, and only a trusted one is opened."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.index_rows import FIRST_MODEL, IndexRows, vector_of

from on_prem_rag.index import chroma
from on_prem_rag.index.generations import DenseGenerations
from on_prem_rag.llm.protocols import ModelFingerprint

SECOND_MODEL = ModelFingerprint("second", "digest", 4)


@pytest.fixture
def generations(rows: IndexRows, tmp_path: Path) -> Iterator[DenseGenerations]:
    made = DenseGenerations(rows.database, tmp_path / "chroma", private_threshold=3)
    made.open(trusted=True)
    yield made
    made.close()


def folders(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "chroma").iterdir() if path.is_dir()]


def test_without_a_complete_model_nothing_serves(generations: DenseGenerations) -> None:
    generations.follow(nothing_projected=True)
    assert (generations.live, generations.is_building) == (None, False)


def test_with_nothing_projected_yet_the_first_one_serves_at_once(
    rows: IndexRows, generations: DenseGenerations
) -> None:
    rows.model()
    rows.publish(rows.collection(), "a", ["one"])
    generations.follow(nothing_projected=True)
    assert generations.live is not None
    assert generations.live.model == FIRST_MODEL
    assert not generations.is_building


def test_another_model_is_filled_beside_and_then_swapped_in(
    rows: IndexRows, generations: DenseGenerations, tmp_path: Path
) -> None:
    rows.model()
    generations.follow(nothing_projected=True)
    old = generations.live
    shared, private = rows.collection(), rows.collection(private=True)
    chunk_ids = rows.publish(shared, "a", [f"text {i}" for i in range(5)])
    rows.publish(private, "b", ["one"])
    rows.model(SECOND_MODEL)
    generations.follow(nothing_projected=False)
    generations.follow(nothing_projected=False)
    assert generations.live is old
    assert len(generations.targets) == 2
    generations.step(3)
    assert generations.live is old
    generations.step(3)
    assert generations.live is not None
    assert generations.live.model == SECOND_MODEL
    assert generations.live.chroma.chunk_ids(shared) == set(chunk_ids)
    assert generations.live.chroma.collection_ids() == {shared}
    assert folders(tmp_path) == [generations.live.directory]
    hits = generations.live.search(shared, vector_of("text 2", SECOND_MODEL), 1)
    assert [hit.chunk_id for hit in hits] == [chunk_ids[2]]


def test_a_build_that_fails_starts_over(
    rows: IndexRows, generations: DenseGenerations, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows.model()
    shared = rows.collection()
    rows.publish(shared, "a", ["one"])
    generations.follow(nothing_projected=False)
    with monkeypatch.context() as patched:
        patched.setattr(generations.targets[0], "put", _full_disk)
        with pytest.raises(OSError, match="disk"):
            generations.step()
    assert not generations.is_building
    generations.follow(nothing_projected=False)
    generations.step()
    assert generations.live is not None
    assert generations.live.chroma.count(shared) == 1


def test_what_served_last_is_opened_and_leftovers_go(
    rows: IndexRows, generations: DenseGenerations, tmp_path: Path
) -> None:
    rows.model()
    generations.follow(nothing_projected=True)
    assert generations.live is not None
    directory = generations.live.directory
    generations.close()
    (tmp_path / "chroma" / "half-built").mkdir()
    again = DenseGenerations(rows.database, tmp_path / "chroma", private_threshold=3)
    again.open(trusted=False)
    assert again.live is not None
    assert again.live.directory == directory
    assert folders(tmp_path) == [directory]
    again.follow(nothing_projected=False)
    assert not again.is_building
    again.close()


def test_a_damaged_one_is_thrown_away_and_filled_anew(
    rows: IndexRows, generations: DenseGenerations, tmp_path: Path
) -> None:
    rows.model()
    shared = rows.collection()
    generations.follow(nothing_projected=True)
    assert generations.live is not None
    chunk_ids = rows.publish(shared, "a", ["one"])
    generations.live.add(shared, chunk_ids)
    directory = generations.live.directory
    generations.close()
    (directory / "chroma.sqlite3").write_bytes(b"not a database at all")
    again = DenseGenerations(rows.database, tmp_path / "chroma", private_threshold=3)
    again.open(trusted=False)
    assert again.live is None
    again.follow(nothing_projected=False)
    again.step()
    assert again.live is not None
    assert again.live.chroma.chunk_ids(shared) == set(chunk_ids)
    again.close()


def test_a_distrusted_one_serves_until_its_successor_does(
    rows: IndexRows, generations: DenseGenerations
) -> None:
    rows.model()
    shared = rows.collection()
    generations.follow(nothing_projected=True)
    rows.publish(shared, "a", ["one"])
    old = generations.live
    generations.distrust()
    assert (generations.live, generations.targets) == (old, [])
    generations.follow(nothing_projected=False)
    generations.step()
    assert generations.live is not None
    assert generations.live is not old
    assert generations.live.chroma.count(shared) == 1


def segments(generations: DenseGenerations, rows: IndexRows) -> tuple[str, set[str]]:
    """Fill the generation that serves until its vectors lie in segment files."""
    rows.model()
    generations.follow(nothing_projected=True)
    assert generations.live is not None
    shared = rows.collection()
    chunk_ids = rows.publish(shared, "a", [f"text {i}" for i in range(30)])
    generations.live.add(shared, chunk_ids)
    generations.note_files()
    assert len(generations.live.left) == 6
    return shared, set(chunk_ids)


@pytest.fixture
def synced_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors are persisted ten at a time."""
    monkeypatch.setitem(chroma._HNSW, "sync_threshold", 10)


@pytest.mark.usefixtures("synced_often")
def test_reading_and_writing_touch_no_file_in_secret(
    rows: IndexRows, generations: DenseGenerations
) -> None:
    shared, _ = segments(generations, rows)
    live = generations.live
    assert live is not None
    for number in range(3):
        live.search(shared, vector_of("text 1"), 3)
        live.chroma.count(shared)
        live.chroma.vectors(shared, sorted(live.chroma.chunk_ids(shared))[:5])
        live.add(shared, rows.publish(shared, f"more {number}", ["one", "two"]))
        generations.note_files()
        generations.look()
    assert generations.live is live


@pytest.mark.usefixtures("synced_often")
@pytest.mark.parametrize(
    "name",
    [
        "chroma.sqlite3",
        "data_level0.bin",
        "header.bin",
        "index_metadata.pickle",
        "length.bin",
        "link_lists.bin",
    ],
)
@pytest.mark.parametrize("kind", ["changed", "removed"])
def test_one_whose_files_somebody_else_touched_goes_at_once_and_is_built_anew(
    rows: IndexRows, generations: DenseGenerations, tmp_path: Path, name: str, kind: str
) -> None:
    shared, chunk_ids = segments(generations, rows)
    assert generations.live is not None
    directory = generations.live.directory
    path = next(directory.rglob(name))
    if kind == "removed":
        path.unlink()
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    generations.look()
    assert (generations.live, generations.is_trusted, generations.is_settled) == (
        None,
        False,
        False,
    )
    assert folders(tmp_path) == []
    generations.follow(nothing_projected=False)
    generations.step()
    assert generations.is_settled
    assert generations.live is not None
    assert generations.live.chroma.chunk_ids(shared) == chunk_ids


@pytest.mark.usefixtures("synced_often")
def test_one_being_built_whose_files_somebody_touched_starts_over(
    rows: IndexRows, generations: DenseGenerations
) -> None:
    shared, chunk_ids = segments(generations, rows)
    assert generations.renew()
    generations.step(20)
    assert generations.is_building
    (generations.targets[1].directory / "chroma.sqlite3").write_bytes(b"")
    generations.look()
    assert not generations.is_building
    assert generations.live is not None
    assert generations.live.chroma.chunk_ids(shared) == chunk_ids


@pytest.mark.usefixtures("synced_often")
def test_one_that_changed_while_it_was_closed_is_not_opened(
    rows: IndexRows, generations: DenseGenerations, tmp_path: Path
) -> None:
    """Though it was closed in order and a probe would pass it: hnswlib does not read that bit."""
    segments(generations, rows)
    assert generations.live is not None
    directory = generations.live.directory
    generations.close()
    again = DenseGenerations(rows.database, tmp_path / "chroma", private_threshold=3)
    again.open(trusted=True)
    assert again.live is not None, "nothing was touched"
    again.close()
    path = next(directory.rglob("length.bin"))
    content = bytearray(path.read_bytes())
    content[5] ^= 1
    path.write_bytes(content)
    again = DenseGenerations(rows.database, tmp_path / "chroma", private_threshold=3)
    again.open(trusted=True)
    assert again.live is None
    again.close()


def _full_disk(*_: object) -> None:
    raise OSError("disk full")
