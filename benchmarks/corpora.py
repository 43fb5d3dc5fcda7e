"""Texts the benchmarks are run on: the evaluation data named by RAG_EVAL_DATA."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path


def evaluation_data(*parts: str) -> Path:
    """A path below the evaluation data; ends the program where it is absent."""
    default = Path(__file__).parents[2] / "shared/data/dev"
    path = Path(os.environ.get("RAG_EVAL_DATA") or default).joinpath(*parts)
    if not path.exists():
        raise SystemExit(f"no evaluation data at {path}; set RAG_EVAL_DATA")
    return path


def texts_of(*names: str) -> Iterator[str]:
    """The passages of retrieval sets, one after another."""
    for name in names:
        with evaluation_data("retrieval", name, "corpus.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                text = json.loads(line)["text"].strip()
                if text:
                    yield text
