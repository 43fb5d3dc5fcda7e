"""A damaged directory is recognised without endangering the process that asks."""

from pathlib import Path

import pytest
from tests.unit.index.test_chroma import COLLECTION, MODEL, matrix, names

from on_prem_rag.index import chroma
from on_prem_rag.index.chroma import ChromaVectorStore
from on_prem_rag.index.probe import is_sound


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Chroma directory whose vectors lie in segment files."""
    monkeypatch.setitem(chroma._HNSW, "sync_threshold", 50)
    store = ChromaVectorStore(tmp_path / "chroma", MODEL)
    store.upsert(COLLECTION, names(300), matrix(300))
    store.search(COLLECTION, matrix(300)[0], 1)
    store.close()
    return tmp_path / "chroma"


def test_a_whole_directory_is_sound(directory: Path) -> None:
    assert is_sound(directory)


def test_a_probe_that_takes_too_long_has_failed(directory: Path) -> None:
    assert not is_sound(directory, timeout=0.01)


@pytest.mark.parametrize("name", ["data_level0.bin", "chroma.sqlite3"])
def test_a_file_cut_in_half_is_not_sound(directory: Path, name: str) -> None:
    path = next(directory.rglob(name))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert not is_sound(directory)


def test_vectors_overwritten_with_zeros_are_not_sound(directory: Path) -> None:
    path = next(directory.rglob("data_level0.bin"))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2].ljust(len(content), b"\0"))
    assert not is_sound(directory)
