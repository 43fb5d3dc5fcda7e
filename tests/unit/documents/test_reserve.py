"""Room that is kept, given up when the disk runs full, and taken again."""

from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest

from on_prem_rag.documents import reserve as module
from on_prem_rag.documents.reserve import Reserve
from on_prem_rag.errors import ServiceUnavailable

SIZE = 4096
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Says how much room the disk has."""

    def say(size: int) -> None:
        monkeypatch.setattr(module.shutil, "disk_usage", lambda _: Usage(0, 0, size))

    return say


def test_it_is_given_up_on_a_full_disk_and_taken_again(
    tmp_path: Path, free: Callable[[int], None]
) -> None:
    reserve = Reserve(tmp_path / "run" / "reserve", SIZE)
    free(4 * SIZE)
    reserve.tend()
    assert not reserve.is_held, "too little room to take some away"
    free(4 * SIZE + 1)
    reserve.tend()
    assert (tmp_path / "run" / "reserve").stat().st_blocks * 512 >= SIZE
    free(SIZE // 2)
    reserve.tend()
    assert reserve.is_held
    free(SIZE // 2 - 1)
    reserve.tend()
    assert not reserve.is_held
    reserve.release()
    free(100 * SIZE)
    reserve.tend()
    assert reserve.is_held
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["reserve"]


def test_nothing_is_taken_in_while_there_is_too_little(
    tmp_path: Path, free: Callable[[int], None]
) -> None:
    reserve = Reserve(tmp_path / "run" / "reserve", SIZE)
    free(2 * SIZE)
    reserve.require_room()
    free(2 * SIZE - 1)
    with pytest.raises(ServiceUnavailable, match="disk is full"):
        reserve.require_room()


def test_a_disk_that_takes_no_file_is_no_error(
    tmp_path: Path, free: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    free(100 * SIZE)
    monkeypatch.setattr(module.os, "posix_fallocate", refuse)
    reserve = Reserve(tmp_path / "run" / "reserve", SIZE)
    reserve.tend()
    assert not reserve.is_held
    assert list((tmp_path / "run").iterdir()) == []
