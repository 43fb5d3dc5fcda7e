"""The folder of evaluation documents, which is not part of this repository."""

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("RAG_EVAL_DATA") or Path(__file__).parents[2] / "shared/data/dev")
FULL = os.environ.get("RAG_TEST_FULL") == "1"


def eval_data(*parts: str) -> Path:
    """A path below the evaluation data; skips the test where the data is not there."""
    path = ROOT.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no evaluation data at {path}; set RAG_EVAL_DATA")
    return path
