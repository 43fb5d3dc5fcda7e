"""Dense generations on disk: one serves, and at times another is built beside it.

A new one is built when another embedding model is complete, when the directory cannot be trusted,
or when there is none. The old one serves until the new one holds everything, then goes; one whose
files somebody damaged goes at once, as reading them may end the process.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog
from sqlalchemy import select

from on_prem_rag.access.models import Collection
from on_prem_rag.db.session import Database
from on_prem_rag.documents.generations import serving_model
from on_prem_rag.index.probe import is_sound
from on_prem_rag.index.segments import file_states
from on_prem_rag.llm.protocols import ModelFingerprint

if TYPE_CHECKING:
    # Chroma takes more than a second to import: only the first generation to open pays for it.
    from on_prem_rag.index.dense import DenseGeneration

_STATE = "serving.json"
_SEAL = "closed.json"
_STEP = 1000
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Key:
    """What a generation holds: a model, and when its vectors were complete (they may be redone)."""

    name: str
    digest: str
    dimensions: int
    completed: str

    @property
    def model(self) -> ModelFingerprint:
        return ModelFingerprint(self.name, self.digest, self.dimensions)


@dataclass
class _Build:
    key: _Key
    generation: DenseGeneration
    collections: deque[str]
    chunk_ids: list[str] = field(default_factory=list)
    current: str = ""


class DenseGenerations:
    """Keeps ``directory``: a folder per generation and a file naming the one that serves.

    One thread at a time calls its methods; ``live`` and ``distrust`` may be used by any.
    """

    def __init__(self, database: Database, directory: Path, *, private_threshold: int) -> None:
        self.live: DenseGeneration | None = None
        self._database = database
        self.directory = directory
        self._threshold = private_threshold
        self._live_key: _Key | None = None
        self._build: _Build | None = None
        self._opened = False

    @property
    def is_open(self) -> bool:
        """Whether ``open`` has found out what there is to serve."""
        return self._opened

    @property
    def is_building(self) -> bool:
        """Whether ``step`` has work to do."""
        return self._build is not None

    @property
    def is_renewing(self) -> bool:
        """Whether what is being built is a copy of what serves, which nobody waits for."""
        return self._build is not None and self._build.key == self._live_key

    @property
    def is_trusted(self) -> bool:
        """Whether what serves follows SQL; if not, its successor is being built."""
        return self.live is not None and self._live_key is not None

    @property
    def is_settled(self) -> bool:
        """Whether what serves follows SQL, or nothing is to be served yet; asks SQL."""
        return self.is_trusted or (self._opened and self._wanted() is None)

    @property
    def targets(self) -> list[DenseGeneration]:
        """The generations that every change is written to."""
        live = [self.live] if self.live is not None and self._live_key is not None else []
        return [*live, *([self._build.generation] if self._build is not None else [])]

    def open(self, *, trusted: bool) -> None:
        """Open the generation that served last; a child probes it first unless ``trusted``."""
        if self._opened:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        found = self._read_state()
        if found is not None and not self._is_sound(self.directory / found[0], trusted=trusted):
            _log.warning("dense_generation_unsound", directory=found[0])
            found = None
        self._remove_all_but({found[0]} if found is not None else set())
        if found is not None:
            self._live_key = found[1]
            self.live = self._open(found[0], found[1].model)
        self._opened = True

    def follow(self, *, nothing_projected: bool) -> None:
        """Begin a new generation when the serving model is not the one that is live.

        With ``nothing_projected`` the change log is about to bring everything, so there is nothing
        to fill in first.
        """
        wanted = self._wanted()
        if wanted is None or wanted == (self._build.key if self._build else self._live_key):
            return
        self._abandon_build()
        if wanted == self._live_key:
            return
        self._begin(wanted, empty=nothing_projected)
        self.step(0)

    def renew(self) -> bool:
        """Begin a copy of the live generation that holds nothing of what was deleted from it.

        The live one goes with all its files when the copy is whole. Returns whether one was begun:
        not while another is being built, nor when the live one is not trusted.
        """
        if self.is_building or self._live_key is None:
            return False
        self._begin(self._live_key)
        return True

    def step(self, limit: int = _STEP) -> None:
        """Fill in at most about ``limit`` vectors; swap when everything is there."""
        build = self._build
        if build is None:
            return
        try:
            for collection_id, chunk_ids in _take(build, limit):
                build.generation.put(collection_id, chunk_ids)
        except Exception:
            # What was taken off the list is not known to be in: start over.
            self._abandon_build()
            raise
        build.generation.note_files()
        if not build.chunk_ids and not build.collections:
            self._swap(build)

    def distrust(self) -> None:
        """Build anew beside the live generation, which is no longer written to."""
        self._live_key = None

    def look(self) -> None:
        """Let go of every generation whose files somebody else changed, and note it.

        Call it before writing, while nobody writes. A damaged file is harmless only as long as
        nothing reads it again; building anew from SQL costs less than finding out what is wrong.
        """
        if self._build is not None:
            touched = self._build.generation.touched_file()
            if touched is not None:
                _log.error("dense_build_damaged", file=touched)
                self._abandon_build()
        live = self.live
        touched = live.touched_file() if live is not None else None
        if live is not None and touched is not None:
            _log.error("dense_generation_damaged", file=touched)
            self.live = self._live_key = None
            live.close()
            shutil.rmtree(live.directory, ignore_errors=True)

    def remove_leftovers(self) -> bool:
        """Whether only what serves and what is being built has files, after removing the rest."""
        names = {generation.directory.name for generation in self.targets}
        if self.live is not None:
            names.add(self.live.directory.name)
        return self._remove_all_but(names)

    def note_files(self) -> None:
        """Take the files for good as they are; call it after writing."""
        for generation in self.targets:
            generation.note_files()

    def close(self) -> None:
        """Release everything; what was being built starts over at the next opening."""
        self._abandon_build()
        if self.live is not None:
            live, self.live = self.live, None
            live.close()
            _write_json(live.directory / _SEAL, live.left)
        self._opened = False

    def _begin(self, key: _Key, *, empty: bool = False) -> None:
        self._build = _Build(key, self._open(uuid4().hex, key.model), deque())
        if not empty:
            with self._database.read() as session:
                self._build.collections.extend(session.scalars(select(Collection.id)))

    def _open(self, name: str, model: ModelFingerprint) -> DenseGeneration:
        from on_prem_rag.index.dense import DenseGeneration  # noqa: PLC0415 - see above

        directory = self.directory / name
        return DenseGeneration(self._database, directory, model, private_threshold=self._threshold)

    def _wanted(self) -> _Key | None:
        with self._database.read() as session:
            model = serving_model(session)
            if model is None or model.complete_at is None:
                return None
            completed = model.complete_at.isoformat()
            return _Key(model.name, model.digest, model.dimensions, completed)

    def _remove_all_but(self, names: set[str]) -> bool:
        """Whether no folder but those of ``names`` is left."""
        others = [p for p in self.directory.iterdir() if p.is_dir() and p.name not in names]
        for path in others:
            shutil.rmtree(path, ignore_errors=True)
        return not any(path.exists() for path in others)

    def _is_sound(self, directory: Path, *, trusted: bool) -> bool:
        """Whether the files are as they were closed, or hold up in a child that reads them."""
        seal = _take_json(directory / _SEAL)
        if not trusted or seal is None:
            return is_sound(directory)
        now = {name: list(state) for name, state in file_states(directory).items()}
        return bool(seal == now)

    def _swap(self, build: _Build) -> None:
        self._write_state(build)
        old, self.live = self.live, build.generation
        self._live_key, self._build = build.key, None
        if old is not None:
            old.close()
            shutil.rmtree(old.directory, ignore_errors=True)
        _log.info("dense_generation_serves", model=build.key.name)

    def _abandon_build(self) -> None:
        if self._build is not None:
            generation = self._build.generation
            self._build = None
            generation.close()
            shutil.rmtree(generation.directory, ignore_errors=True)

    def _read_state(self) -> tuple[str, _Key] | None:
        try:
            state = json.loads((self.directory / _STATE).read_text())
            return str(state["directory"]), _Key(**state["key"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write_state(self, build: _Build) -> None:
        state = {"directory": build.generation.directory.name, "key": asdict(build.key)}
        _write_json(self.directory / _STATE, state)


def _write_json(path: Path, value: object) -> None:
    """Write it whole or not at all."""
    temporary = path.with_name(f"{path.name}.new")
    with temporary.open("w") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _take_json(path: Path) -> object:
    """What was written, which is gone then; None without it or when it cannot be read."""
    try:
        found: object = json.loads(path.read_text())
        path.unlink()
    except (OSError, ValueError):
        return None
    return found


def _take(build: _Build, limit: int) -> Iterator[tuple[str, list[str]]]:
    """Take up to ``limit`` chunks off what is left, a Collection at a time."""
    while limit > 0:
        if not build.chunk_ids:
            if not build.collections:
                return
            build.current = build.collections.popleft()
            if build.generation.belongs_in_chroma(build.current):
                build.chunk_ids = build.generation.expected(build.current)
            continue
        part, build.chunk_ids = build.chunk_ids[:limit], build.chunk_ids[limit:]
        limit -= len(part)
        yield build.current, part
