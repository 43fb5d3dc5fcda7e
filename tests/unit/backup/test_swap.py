"""Files change places wholly or not at all, wherever the process dies."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from on_prem_rag.backup import repository, swap
from on_prem_rag.backup.swap import Move, Renaming, Swap
from on_prem_rag.errors import NotFound

MOVES = [
    Move("originals", "originals"),
    Move("index", "index"),
    Move("rag.db", "rag.db"),
    Move("rag.db-wal", None),
    Move("run/audit-key", "run/audit-key"),
    Move("run/jwt-secret", "run/jwt-secret"),
]
OLD = {
    "originals/a": "old",
    "index/1/lock": "old",
    "rag.db": "old",
    "rag.db-wal": "old",
    "run/audit-key": "old",
    "other": "stays",
}
NEW = {
    "originals/b": "new",
    "index/1/lock": "new",
    "rag.db": "new",
    "run/jwt-secret": "new",
    # No audit key comes, so the one in use stays.
}


class Died(BaseException):
    """The process is gone."""


def fill(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def read(folder: Path) -> dict[str, str]:
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith("restore/"):
            found[name] = path.read_text()
    return found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    fill(folder, OLD)
    return folder


class Databases:
    """What a server of databases would do."""

    def __init__(self) -> None:
        self.names = {"live": "old", "staged": "new"}

    def rename(self, renaming: Renaming) -> None:
        if renaming.staged in self.names:
            if renaming.live in self.names:
                self.names[renaming.old] = self.names.pop(renaming.live)
            self.names[renaming.live] = self.names.pop(renaming.staged)

    def drop(self, name: str) -> None:
        self.names.pop(name, None)


def make(data: Path, databases: Databases | None = None) -> Swap:
    held = databases or Databases()
    return Swap(data, held.rename, held.drop)


def stage(data: Path) -> Path:
    staging = data / "restore" / "staging-x"
    fill(staging, NEW)
    return staging


def moved(new: dict[str, str]) -> dict[str, str]:
    return {**new, "run/audit-key": "old", "other": "stays"}


def test_the_new_set_takes_the_place_of_the_old_one(data: Path) -> None:
    made = make(data)
    made.begin(stage(data), MOVES, {"name": "x"}, None)
    assert read(data) == moved(NEW)
    assert made.has_previous
    assert made.undo() == {"name": "x"}
    assert read(data) == OLD
    made.undo()
    assert read(data) == moved(NEW)
    made.forget()
    assert read(data) == moved(NEW)
    with pytest.raises(NotFound):
        made.undo()
    assert [path.name for path in (data / "restore").iterdir()] == ["lock"]


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Let the process die before the n-th rename, removal or sync of a folder."""
    left = [-1]

    def counted(right: Callable) -> Callable:
        def call(*arguments: object, **options: object) -> object:
            if left[0] == 0:
                raise Died
            left[0] -= 1
            return right(*arguments, **options)

        return call

    def start(count: int) -> None:
        left[0] = count

    with monkeypatch.context() as patch:
        for name in ("rename", "replace", "unlink"):
            patch.setattr(Path, name, counted(getattr(Path, name)))
        for module in (swap, repository):
            patch.setattr(module, "fsync_folder", counted(repository.fsync_folder))
        patch.setattr(shutil, "rmtree", counted(shutil.rmtree))
        yield start


@pytest.mark.parametrize("step", ["begin", "undo", "forget"])
def test_wherever_it_dies_the_data_is_the_old_set_or_the_new_one(
    tmp_path: Path, dying: Callable[[int], None], step: str
) -> None:
    seen = set()
    for count in range(200):
        data = tmp_path / str(count)
        fill(data, OLD)
        databases = Databases()
        made = make(data, databases)
        renaming = Renaming("live", "staged", "kept")

        def act(data: Path = data, made: Swap = made, renaming: Renaming = renaming) -> None:
            if step == "begin":
                made.begin(stage(data), MOVES, {}, renaming)
            elif step == "undo":
                made.undo()
            else:
                made.forget()

        if step != "begin":
            dying(-1)
            made.begin(stage(data), MOVES, {}, renaming)
        dying(count)
        try:
            act()
            finished = True
        except Died:
            finished = False
        dying(-1)
        after = make(data, databases)
        after.finish()
        assert not after.pending
        held = read(data)
        whole = {"old": OLD, "new": moved(NEW)}
        [kind] = [name for name, files in whole.items() if files == held]
        assert databases.names["live"] == kind, "files and database belong together"
        seen.add(kind)
        if finished:
            break
        after.sweep()
        act(data, after)  # and doing it again succeeds
        kinds = {"begin": "new", "undo": "old" if kind == "new" else "new", "forget": "new"}
        assert databases.names["live"] == kinds[step]
    else:
        pytest.fail("it never finished")
    assert count > 1
    assert seen == ({"new"} if step == "forget" else {"old", "new"})


def test_what_was_cut_off_before_it_began_is_swept(data: Path) -> None:
    stage(data)
    made = make(data)
    made.finish()
    made.sweep()
    assert read(data) == OLD
    assert [path.name for path in (data / "restore").iterdir()] == ["lock"]
