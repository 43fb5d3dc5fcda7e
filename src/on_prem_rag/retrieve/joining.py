"""Joins chunks that follow each other in a document, so that a passage is not cut in its middle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from on_prem_rag.retrieve.ranking import Ranked

MAX_TOKENS = 500
"""A joined passage is at most about two chunks and a half: more would crowd others out."""


@dataclass(slots=True)
class Group:
    """Neighbouring chunks of one version; ``best`` is the one that was ranked highest."""

    best: Ranked
    members: list[Ranked] = field(default_factory=list)

    @property
    def tokens(self) -> int:
        """Tokens of all members."""
        return sum(member.candidate.token_count for member in self.members)

    def accepts(self, other: Ranked) -> bool:
        """Whether ``other`` directly precedes or follows the members and there is room for it."""
        first, last = self.members[0].candidate, self.members[-1].candidate
        return (
            other.candidate.version_id == first.version_id
            and other.candidate.ordinal in (first.ordinal - 1, last.ordinal + 1)
            and self.tokens + other.candidate.token_count <= MAX_TOKENS
        )

    def add(self, other: Ranked) -> None:
        """Take in a neighbour, in reading order."""
        place = 0 if other.candidate.ordinal < self.members[0].candidate.ordinal else None
        self.members.insert(len(self.members) if place is None else place, other)


def join_neighbours(ranked: Sequence[Ranked], count: int, window: int) -> list[Group]:
    """The first ``count`` groups among the ``window`` best chunks, in the order of their best.

    A chunk joins a group before it in rank when it is its neighbour; otherwise it opens its own.
    """
    groups: list[Group] = []
    for each in ranked[:window]:
        home = next((group for group in groups if group.accepts(each)), None)
        if home is not None:
            home.add(each)
        elif len(groups) < count:
            groups.append(Group(each, [each]))
    return groups
