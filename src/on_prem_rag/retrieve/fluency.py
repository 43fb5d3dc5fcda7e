"""How well an embedding model reads a question, told by how finely its tokeniser cuts the words.

A model's vocabulary holds the words of the languages it was trained on; words of other languages
fall into many small pieces, those of an unknown script into single letters. The number of tokens a
letter costs, beside what plain English costs the same model, therefore says whether its vector of
the question can be trusted. (Ács, "Exploring BERT's vocabulary", 2019, calls it fertility.)
"""

from __future__ import annotations

import re

from on_prem_rag.llm.protocols import Embedder

_REFERENCE = (
    "The committee will publish its annual report on the use of public money in spring and every "
    "member may ask questions about the numbers before the next meeting"
)
_NOT_LETTERS = re.compile(r"[\x00-@\[-`{-\x7f]+")
"""Figures and punctuation, which cost tokens in any language."""
_FLUENT = 1.4
"""Up to this many times the cost of plain English a text reads well: names and figures cost it."""
_FOREIGN = 2.2
"""From here on the model spells rather than reads."""


def fluency(embedder: Embedder, text: str) -> float:
    """How far ``embedder`` can be trusted with ``text``: 0 not at all, 1 fully."""
    letters = _NOT_LETTERS.sub(" ", text).strip()
    if not letters:
        return 1.0
    ratio = _cost(embedder, letters) / _cost(embedder, _REFERENCE)
    return min(1.0, max(0.0, (_FOREIGN - ratio) / (_FOREIGN - _FLUENT)))


def _cost(embedder: Embedder, letters: str) -> float:
    """Tokens a letter."""
    return embedder.count_tokens(letters) / (len(letters) - letters.count(" "))
