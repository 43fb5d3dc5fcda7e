"""The result of an evaluation: one line a set, as JSON and as a Markdown table."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

MEASURES: dict[str, str] = {
    "ndcg@10": "nDCG@10",
    "recall@5": "Recall@5",
    "mrr@10": "MRR@10",
    "page_hit@1": "page hit@1",
    "page_hit@5": "page hit@5",
    "page_hit@10": "page hit@10",
    "document_hit@10": "document in 10",
    "answer_shown@5": "answer shown in 5",
    "exact_match": "EM",
    "f1": "F1",
    "dont_know_search": "don't know, search",
    "dont_know_answer": "don't know, answer",
}
"""Every measure by its key, in the order and with the heading the table has."""


@dataclass(frozen=True, slots=True)
class SetReport:
    """One set under one strategy: its measures, how long a search took, what went wrong."""

    name: str
    strategy: str
    questions: int
    documents: int
    values: dict[str, float]
    search_ms_p50: float = 0.0
    search_ms_p95: float = 0.0
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All sets of a run; ``complete`` is False when it was cancelled."""

    sets: tuple[SetReport, ...]
    complete: bool = True
    notes: tuple[str, ...] = field(default=())


Wanted = Mapping[str, Mapping[str, float]]
"""Set name -> measure -> the least value wanted."""


def as_json(report: Report, wanted: Wanted | None = None) -> str:
    """The whole report as indented JSON; values that could not be measured are null."""
    data = asdict(report)
    for entry in data["sets"]:
        entry["values"] = {
            key: None if math.isnan(value) else round(value, 4)
            for key, value in entry["values"].items()
        }
        entry["wanted"] = dict((wanted or {}).get(entry["name"], {}))
        entry["missed"] = missed(entry["name"], entry["values"], wanted or {})
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def as_markdown(report: Report, wanted: Wanted | None = None) -> str:
    """A table with a line a set; a value that had a wanted one shows it as ``value (≥ wanted)``."""
    used = [key for key in MEASURES if any(key in entry.values for entry in report.sets)]
    head = ["set", "strategy", "questions", *(MEASURES[key] for key in used), "p50 / p95 ms"]
    lines = [_row(head), _row(["---"] * len(head))]
    for entry in report.sets:
        least = (wanted or {}).get(entry.name, {}) if entry.strategy == "hybrid" else {}
        cells = [_cell(entry.values.get(key), least.get(key)) for key in used]
        times = f"{entry.search_ms_p50:.0f} / {entry.search_ms_p95:.0f}"
        lines.append(_row([entry.name, entry.strategy, str(entry.questions), *cells, times]))
    lines += ["", *(f"- {note}" for note in report.notes)]
    lines += [f"- {entry.name}: {text}" for entry in report.sets for text in entry.failures]
    if not report.complete:
        lines.append("- The run was cancelled; sets that are missing were not measured.")
    return "\n".join(lines).rstrip() + "\n"


def missed(name: str, values: Mapping[str, float | None], wanted: Wanted) -> list[str]:
    """The measures of a set that stay below what is wanted, or could not be taken."""
    return [
        key
        for key, least in wanted.get(name, {}).items()
        if (value := values.get(key)) is None or math.isnan(value) or value < least
    ]


def _cell(value: float | None, least: float | None) -> str:
    if value is None or math.isnan(value):
        return "–"
    if least is None:
        return f"{value:.3f}"
    text = f"{value:.3f} (≥ {least:.3f})"
    return text if value >= least else f"**{text} missed**"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
