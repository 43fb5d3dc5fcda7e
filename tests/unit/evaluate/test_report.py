"""The report as a table and as JSON."""

import json
import math

from on_prem_rag.evaluate.report import Report, SetReport, as_json, as_markdown, missed

VALUES = {"ndcg@10": 0.41, "recall@5": 0.2, "dont_know_search": math.nan}
REPORT = Report((SetReport("cisi", "hybrid", 76, 1460, VALUES, 12.3, 45.6, ("a.pdf: broken",)),))
WANTED = {"cisi": {"ndcg@10": 0.45, "recall@5": 0.1, "f1": 0.5}}


def test_the_table_has_a_line_a_set_with_what_is_wanted() -> None:
    table = as_markdown(REPORT, WANTED)
    head, _, line, *rest = table.splitlines()
    assert head.startswith("| set | strategy | questions | nDCG@10 | Recall@5 |")
    assert line == (
        "| cisi | hybrid | 76 | **0.410 (≥ 0.450) missed** | 0.200 (≥ 0.100) | – | 12 / 46 |"
    )
    assert "- cisi: a.pdf: broken" in rest
    assert "cancelled" not in table


def test_other_strategies_are_for_comparison_only() -> None:
    report = Report((SetReport("cisi", "dense", 76, 1460, VALUES),), complete=False)
    table = as_markdown(report, WANTED)
    assert "missed" not in table
    assert "was cancelled" in table


def test_json_holds_everything_and_no_nan() -> None:
    entry = json.loads(as_json(REPORT, WANTED))["sets"][0]
    assert entry["values"] == {"ndcg@10": 0.41, "recall@5": 0.2, "dont_know_search": None}
    assert entry["missed"] == ["ndcg@10", "f1"]
    assert json.loads(as_json(REPORT))["sets"][0]["missed"] == []


def test_a_value_that_could_not_be_taken_is_missed() -> None:
    assert missed("x", {"f1": math.nan}, {"x": {"f1": 0.0}}) == ["f1"]
    assert missed("other", {}, WANTED) == []
