"""Canaries tell a changed model from an unchanged one."""

from __future__ import annotations

import numpy as np

from on_prem_rag.llm.canary import canary_texts, matches


def vectors(count: int) -> np.ndarray:
    made = np.random.default_rng(7).normal(size=(count, 64)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def tilted(rows: np.ndarray, cosine: float) -> np.ndarray:
    """Each row turned away from itself to the given cosine."""
    other = np.roll(rows, 1, axis=1)
    other -= np.sum(other * rows, axis=1, keepdims=True) * rows
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    return (cosine * rows + np.sqrt(1 - cosine**2) * other).astype(np.float32)


def test_eight_different_texts() -> None:
    assert len(set(canary_texts())) == 8
    assert canary_texts() == canary_texts()


def test_small_differences_pass_and_others_do_not() -> None:
    stored = vectors(8)
    assert matches(stored, stored)
    assert matches(stored, tilted(stored, 0.992))
    assert not matches(stored, tilted(stored, 0.988))


def test_one_changed_row_is_enough() -> None:
    stored = vectors(8)
    changed = stored.copy()
    changed[3] = -changed[3]
    assert not matches(stored, changed)


def test_other_shapes_and_nan_never_match() -> None:
    stored = vectors(8)
    assert not matches(stored, stored[:7])
    assert not matches(stored, np.full_like(stored, np.nan))
