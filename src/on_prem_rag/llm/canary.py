"""Fixed texts whose stored vectors show whether a model still is the one that made an index.

A name and a digest can stay the same while the vectors change: another build of the runtime, a
re-tagged model, a damaged file. Int8 arithmetic also differs a little between processors and
batches, hence a threshold of cosine instead of equality.
"""

from __future__ import annotations

import numpy as np

from on_prem_rag.llm.protocols import FloatMatrix

THRESHOLD = 0.99

_TEXTS = (
    "The invoice is due thirty days after the goods have been delivered.",
    "Which employees may work from home on Fridays?",
    "Net revenue rose by 12.4 % to 3,817 million euros in fiscal year 2023.",
    "Der Antrag auf Urlaub ist spätestens zwei Wochen vorher zu stellen.",
    "| Pump | Pressure (bar) | Last inspection |\n| P-101 | 6.5 | 2024-03-11 |",
    "Turn off the main switch before you open the cover of the machine.",
    "def area(radius): return 3.14159 * radius ** 2",
    "合同自双方签字之日起生效。",
)


def canary_texts() -> tuple[str, ...]:
    """The eight texts to embed, always the same and in the same order."""
    return _TEXTS


def matches(stored: FloatMatrix, current: FloatMatrix) -> bool:
    """Whether each pair of rows has a cosine of at least 0.99; both are L2-normalised."""
    if stored.shape != current.shape:
        return False
    return bool(np.all(np.sum(stored * current, axis=1) >= THRESHOLD))
