"""Retrieval on every golden set: each index alone, plain rank fusion, and what the product does.

    python -m benchmarks.retrieval [SET …]

Sets are folders below RAG_EVAL_DATA, by default all. All four are measured on the same index in one
run; the two halves (even and odd questions) tell how far a figure may be chance.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from on_prem_rag.bootstrap.scratch import open_scratch
from on_prem_rag.config import load_settings
from on_prem_rag.evaluate import metrics
from on_prem_rag.evaluate.appliance import ScratchAppliance
from on_prem_rag.evaluate.datasets import GoldenSet, Question, find_sets, load_set
from on_prem_rag.evaluate.runner import fill, ranked_pages, ranked_passages
from on_prem_rag.retrieve.passage import SearchQuery, Strategy

TOP_K = 50
_RRF = 60
"""The usual constant of reciprocal rank fusion (Cormack et al., 2009)."""


def main() -> None:
    """Measure the sets named, or all, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sets", nargs="*")
    chosen = parser.parse_args().sets
    root = data_folder()
    folders = [root / name for name in chosen] or find_sets(root)
    print("| set | measure | dense | lexical | plain RRF | hybrid | even half | odd half |")
    print("|---|---|---|---|---|---|---|---|")
    for folder in folders:
        measure_set(load_set(folder))


def data_folder() -> Path:
    """RAG_EVAL_DATA, or where the project's own evaluation data lie."""
    default = Path(__file__).parents[2] / "shared/data/dev"
    return Path(os.environ.get("RAG_EVAL_DATA") or default)


def measure_set(golden: GoldenSet) -> None:
    """Print a line for each measure of one set."""
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    settings, _ = load_settings()
    with open_scratch(settings) as appliance:
        fill(appliance, golden, lambda _: None)
        for question in golden.questions:
            dense, lexical, hybrid = (
                ranked(appliance, golden, question, strategy)
                for strategy in ("dense", "lexical", "hybrid")
            )
            ways = {"dense": dense, "lexical": lexical, "hybrid": hybrid}
            ways["plain RRF"] = reciprocal_rank_fusion([dense, lexical])
            for way, found in ways.items():
                for measure, value in judge(golden, question, found).items():
                    values[measure][way].append(value)
    for measure, by_way in values.items():
        cells = [fmean(by_way[way]) for way in ("dense", "lexical", "plain RRF", "hybrid")]
        cells += [fmean(by_way["hybrid"][start::2]) for start in (0, 1)]
        figures = " | ".join(f"{cell:.3f}" for cell in cells)
        print(f"| {golden.name} | {measure} | {figures} |", flush=True)


def ranked(
    appliance: ScratchAppliance, golden: GoldenSet, question: Question, strategy: Strategy
) -> list[str]:
    """Pages or corpus ids in the order they are shown."""
    query = SearchQuery(question.text, top_k=TOP_K, strategy=strategy)
    passages = appliance.search(golden.name, query).passages
    if golden.files:
        return ranked_pages(passages)
    return ranked_passages(golden, passages)


def reciprocal_rank_fusion(lists: Sequence[Sequence[str]]) -> list[str]:
    """Plain fusion by rank, which scores do not enter."""
    scores: dict[str, float] = defaultdict(float)
    for found in lists:
        for place, each in enumerate(found, start=1):
            scores[each] += 1 / (_RRF + place)
    return sorted(scores, key=lambda each: -scores[each])


def judge(golden: GoldenSet, question: Question, found: Sequence[str]) -> dict[str, float]:
    """The measures of one question that the set's form has."""
    if golden.files:
        return {f"page hit@{k}": metrics.hit(found, question.grades, k) for k in (1, 5, 10)}
    return {
        "nDCG@10": metrics.ndcg(found, question.grades),
        "Recall@5": metrics.recall(found, question.grades, 5),
    }


if __name__ == "__main__":
    main()
