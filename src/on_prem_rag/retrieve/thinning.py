"""Leaves out passages that say the same as one before them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from on_prem_rag.retrieve.passage import Passage

_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d(?:[\d.,]*\d)?")
_SAME = 0.9
"""Share of common words (Jaccard) from which two passages say the same."""


def without_repeats(passages: Sequence[Passage], limit: int) -> list[Passage]:
    """The first ``limit`` passages that differ from all before them.

    Passages with other numbers always differ: two years of one report read alike.
    """
    kept: list[Passage] = []
    seen: list[tuple[frozenset[str], frozenset[str]]] = []
    for passage in passages:
        if len(kept) == limit:
            break
        text = passage.text.casefold()
        words, numbers = frozenset(_WORD.findall(text)), frozenset(_NUMBER.findall(text))
        if any(numbers == others[1] and _alike(words, others[0]) for others in seen):
            continue
        kept.append(passage)
        seen.append((words, numbers))
    return kept


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    common = len(one & other)
    return common >= _SAME * (len(one) + len(other) - common)
