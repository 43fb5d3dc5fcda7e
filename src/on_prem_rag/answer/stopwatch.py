"""Milliseconds of an answer's stages."""

from __future__ import annotations

from time import monotonic


class Stopwatch:
    """Runs from its making; ``laps`` are milliseconds since then by name, first time only."""

    def __init__(self) -> None:
        self._started = monotonic()
        self.laps: dict[str, float] = {}

    def elapsed(self) -> float:
        """Milliseconds since the start."""
        return round((monotonic() - self._started) * 1000, 1)

    def lap(self, name: str) -> None:
        """Note that ``name`` was reached."""
        self.laps.setdefault(name, self.elapsed())

    def total(self) -> dict[str, float]:
        """The laps and the time so far as ``total``."""
        return {**self.laps, "total": self.elapsed()}
