"""Finds citation markers in a streamed answer and checks them against the passages sent.

``[1]``, ``[1, 2]``, ``[1][2]``, ``[1-3]`` and full-width forms (``【1】``, ``［１］``) are read,
however they are split over tokens, and written as ``[1]`` each. A marker of a passage that was not
sent is taken out.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

_MARKER = re.compile(
    r"(\s?)[\[［【]\s*(?:passages?\s*)?"
    r"(\d{1,3}(?:\s*[,;、，–-]\s*\d{1,3})*)\s*[\]］】]",
    re.IGNORECASE,
)
# What may still grow into a marker; everything else is let through at once. A space goes with the
# marker it stands before, so that none is left behind when the marker is taken out.
_TAIL = re.compile(r"\s?(?:[\[［【][\s\d,;、，–-]*(?:p[a-z]*[\s\d,;、，–-]*)?)?\Z", re.IGNORECASE)
_LONGEST = 40
_RANGE_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Marker:
    """A valid marker; ``offset`` is where ``[number]`` begins in the answer's text."""

    number: int
    offset: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one piece of the stream became: clean text, its markers, numbers that were taken out."""

    text: str
    markers: tuple[Marker, ...] = ()
    rejected: tuple[int, ...] = ()


class CitationParser:
    """Reads one answer's stream. ``valid`` are the numbers of the passages sent."""

    def __init__(self, valid: Collection[int]) -> None:
        self._valid = frozenset(valid)
        self._held = ""
        self._length = 0

    def feed(self, text: str) -> Parsed:
        """Take the next piece; what may be half a marker is held back until it is decided."""
        self._held += text
        start = max(0, len(self._held) - _LONGEST)
        tail = _TAIL.search(self._held, start)
        return self._release(tail.start() if tail else len(self._held))

    def flush(self) -> Parsed:
        """The end of the stream: what was held back is plain text."""
        return self._release(len(self._held))

    def _release(self, end: int) -> Parsed:
        ready, self._held = self._held[:end], self._held[end:]
        pieces: list[str] = []
        markers: list[Marker] = []
        rejected: list[int] = []
        position = 0
        for match in _MARKER.finditer(ready):
            self._emit(pieces, ready[position : match.start()])
            position = match.end()
            space = match.group(1)
            for number in _numbers(match.group(2)):
                if number in self._valid:
                    self._emit(pieces, space)
                    space = ""
                    markers.append(Marker(number, self._length))
                    self._emit(pieces, f"[{number}]")
                else:
                    rejected.append(number)
        self._emit(pieces, ready[position:])
        return Parsed("".join(pieces), tuple(markers), tuple(rejected))

    def _emit(self, pieces: list[str], text: str) -> None:
        pieces.append(text)
        self._length += len(text)


def _numbers(inside: str) -> list[int]:
    numbers: list[int] = []
    for part in re.split(r"\s*[,;、，]\s*", inside):
        first, *last = (int(piece) for piece in re.split(r"\s*[–-]\s*", part))
        stop = last[-1] if last else first
        if first <= stop <= first + _RANGE_LIMIT:
            numbers += range(first, stop + 1)
        else:
            numbers += [first, stop]
    return list(dict.fromkeys(numbers))
