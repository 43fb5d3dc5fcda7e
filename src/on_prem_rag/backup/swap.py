"""Putting restored files in the place of those in use, wholly or not at all.

The files to move are written down first. Until that note is there nothing has moved; from then on
whoever opens the data directory finishes the moves, so a crash at any point leaves the old set or
the new one. The old set stays beside it.
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from on_prem_rag.backup.repository import write_durably
from on_prem_rag.documents.originals import fsync_folder
from on_prem_rag.errors import NotFound

_NOTE = "swap.json"
_PREVIOUS = "previous"
_FOLDER = "restore"
_UNDO = "undo"
_KEPT = (_PREVIOUS, _NOTE, "lock")


@dataclass(frozen=True, slots=True)
class Move:
    """Names below the data directory: what is in use, and below the staging folder what takes its
    place, or None where nothing does."""

    live: str
    staged: str | None


@dataclass(frozen=True, slots=True)
class Renaming:
    """Names of databases: ``live`` becomes ``old``, ``staged`` becomes ``live``."""

    live: str
    staged: str
    old: str

    def reversed(self) -> Renaming:
        """The way back; what is live then goes where ``staged`` was."""
        return Renaming(self.live, self.old, self.staged)


class Swap:
    """The moves of one data directory. ``folder`` is ``restore/`` in it.

    ``rename`` makes a Renaming, at once or not at all, and does nothing when it was made before;
    ``drop`` removes a database that is not used any more.
    """

    def __init__(
        self,
        data_dir: Path,
        rename: Callable[[Renaming], None],
        drop: Callable[[str], None],
    ) -> None:
        self._data_dir = data_dir
        self._rename = rename
        self._drop = drop
        self.folder = data_dir / _FOLDER
        self._previous = self.folder / _PREVIOUS

    @property
    def pending(self) -> bool:
        """Whether a swap was begun and not ended."""
        return (self.folder / _NOTE).exists()

    @property
    def has_previous(self) -> bool:
        """Whether the set before the last restore is still there."""
        return (self._previous / _NOTE).exists() and not self.pending

    def begin(
        self, staging: Path, moves: Sequence[Move], facts: dict[str, Any], renaming: Renaming | None
    ) -> None:
        """Note the moves: from here on the new set is the data. Then make them.

        Where the staging folder lacks what should come, the file in use stays.
        """
        self._forget_previous()
        moves = [m for m in moves if m.staged is None or (staging / m.staged).exists()]
        told = {
            "staging": str(staging.relative_to(self._data_dir)),
            "moves": [asdict(move) for move in moves],
            "renaming": asdict(renaming) if renaming is not None else None,
            "facts": facts,
        }
        self.folder.mkdir(exist_ok=True)
        write_durably(self.folder / _NOTE, json.dumps(told).encode())
        self.finish()

    def finish(self) -> None:
        """Make what moves are left; nothing happens where none are. One process does it."""
        if self.folder.exists():
            with (self.folder / "lock").open("a") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                self._finish()

    def _finish(self) -> None:
        undo = self.folder / _UNDO
        if not self.pending:
            if (undo / _NOTE).exists():  # cut off before it had begun
                undo.rename(self._previous)
            return
        told = json.loads((self.folder / _NOTE).read_text())
        staging = self._data_dir / told["staging"]
        (staging / _NOTE).unlink(missing_ok=True)
        self._previous.mkdir(parents=True, exist_ok=True)
        if told["renaming"] is not None:
            self._rename(Renaming(**told["renaming"]))
        for move in (Move(**each) for each in told["moves"]):
            self._make(move, staging)
        (self.folder / _NOTE).replace(self._previous / _NOTE)
        fsync_folder(self.folder)
        shutil.rmtree(staging, ignore_errors=True)

    def _make(self, move: Move, staging: Path) -> None:
        """One move; it was made if what should come is no longer in the staging folder."""
        live, old = self._data_dir / move.live, self._previous / move.live
        new = staging / move.staged if move.staged is not None else None
        if new is not None and not new.exists():
            return
        if live.exists():
            old.parent.mkdir(parents=True, exist_ok=True)
            live.rename(old)
            fsync_folder(old.parent)
        if new is not None:
            live.parent.mkdir(parents=True, exist_ok=True)
            new.rename(live)
            fsync_folder(new.parent)
        fsync_folder(live.parent)

    def undo(self) -> dict[str, Any]:
        """Put the set before the last restore back; returns what was noted of that restore.

        What was restored becomes the previous set. Raises NotFound where there is none.
        """
        self.finish()
        if not self.has_previous:
            raise NotFound(
                "There is nothing to go back to.", hint="The old data was removed, or never there."
            )
        staging = self.folder / _UNDO
        shutil.rmtree(staging, ignore_errors=True)
        self._previous.rename(staging)
        told: dict[str, Any] = json.loads((staging / _NOTE).read_text())
        moves = []
        for each in told["moves"]:
            kept = (staging / each["live"]).exists()
            moves.append(Move(each["live"], each["live"] if kept else None))
        renaming = Renaming(**told["renaming"]).reversed() if told["renaming"] else None
        facts: dict[str, Any] = told["facts"]
        self.begin(staging, moves, facts, renaming)
        return facts

    def forget(self) -> None:
        """Remove the set before the last restore."""
        self.finish()
        self._forget_previous()

    def sweep(self) -> None:
        """Remove what restores that were cut off left behind."""
        for path in self._stagings():
            shutil.rmtree(path, ignore_errors=True)

    def _stagings(self) -> Iterator[Path]:
        if self.folder.exists() and not self.pending:
            yield from (p for p in self.folder.iterdir() if p.name not in _KEPT)

    def _forget_previous(self) -> None:
        note = self._previous / _NOTE
        if note.exists():
            told = json.loads(note.read_text())
            if told["renaming"] is not None:
                self._drop(told["renaming"]["old"])
            # The note goes first: without it what is left is no set to go back to.
            note.unlink()
        shutil.rmtree(self._previous, ignore_errors=True)
