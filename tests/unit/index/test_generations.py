"""One generation serves while another is built, and only a trusted one is opened."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.index_rows import FIRST_MODEL, IndexRows, vector_of

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


def _full_disk(*_: object) -> None:
    raise OSError("disk full")
