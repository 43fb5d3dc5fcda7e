"""Neighbours joined."""

from on_prem_rag.retrieve.candidates import Candidate
from on_prem_rag.retrieve.joining import MAX_TOKENS, join_neighbours
from on_prem_rag.retrieve.ranking import Ranked


def ranked(*places: tuple[str, int], tokens: int = 100) -> list[Ranked]:
    return [
        Ranked(Candidate(f"{v}{ordinal}", v, "d", ordinal, tokens), 10.0 - place, None, None)
        for place, (v, ordinal) in enumerate(places)
    ]


def ids(groups: object) -> list[list[str]]:
    return [[m.candidate.chunk_id for m in group.members] for group in groups]  # type: ignore[attr-defined]


def test_neighbours_are_joined_in_reading_order() -> None:
    groups = join_neighbours(ranked(("x", 5), ("y", 1), ("x", 4), ("x", 6)), 3, 10)
    assert ids(groups) == [["x4", "x5", "x6"], ["y1"]]
    assert groups[0].best.candidate.chunk_id == "x5"


def test_other_versions_and_gaps_are_not_joined() -> None:
    groups = join_neighbours(ranked(("x", 5), ("y", 6), ("x", 7)), 3, 10)
    assert ids(groups) == [["x5"], ["y6"], ["x7"]]


def test_a_passage_has_a_largest_size() -> None:
    tokens = MAX_TOKENS // 2
    groups = join_neighbours(ranked(("x", 1), ("x", 2), ("x", 3), tokens=tokens), 3, 10)
    assert ids(groups) == [["x1", "x2"], ["x3"]]


def test_a_neighbour_joins_even_when_no_group_may_be_added() -> None:
    groups = join_neighbours(ranked(("x", 1), ("y", 9), ("x", 2)), 1, 10)
    assert ids(groups) == [["x1", "x2"]]


def test_only_the_window_is_looked_at() -> None:
    assert ids(join_neighbours(ranked(("x", 1), ("x", 2)), 2, 1)) == [["x1"]]
