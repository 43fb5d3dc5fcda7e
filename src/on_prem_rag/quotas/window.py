"""A stretch of time that moves along, counted in slices; times are seconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """``seconds``, cut into ``slices``.

    What happens in a slice counts until ``seconds`` after that slice's end. So no stretch of
    ``seconds``, wherever it begins, holds more than the limit, and whoever used a limit up waits
    one slice longer than that at most.
    """

    seconds: int
    slices: int

    def index(self, now: float) -> int:
        """The number of the slice that ``now`` lies in."""
        return int(now * self.slices // self.seconds)

    def forgotten_at(self, index: int) -> float:
        """When a slice ceases to count."""
        return (index + self.slices + 1) * self.seconds / self.slices

    def living(self, slices: Mapping[str, int], now: float) -> dict[int, int]:
        """The slices that count now, oldest first."""
        oldest = self.index(now) - self.slices
        return {int(i): n for i, n in sorted(slices.items(), key=_number) if int(i) >= oldest and n}

    def fits_at(self, living: Mapping[int, int], excess: int, now: float) -> float:
        """When ``excess`` of what counts will have been forgotten; later than ``now``."""
        for index, amount in living.items():
            excess -= amount
            if excess <= 0:
                return self.forgotten_at(index)
        return now + self.seconds


MINUTE = Window(60, 6)
DAY = Window(24 * 3600, 24)


def _number(item: tuple[str, int]) -> int:
    return int(item[0])
