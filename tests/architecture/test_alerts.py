"""Alerts say what to do, speak of metrics that exist, and were seen to fire and to keep still."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from on_prem_rag.monitoring.metrics import REGISTRY

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((PROMETHEUS / "rules.yml").read_text())["groups"]
    for rule in group["rules"]
]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
DASHBOARD = json.loads((ROOT / "deploy/grafana/dashboards/on-prem-rag.json").read_text())
RUNBOOK = (ROOT / "docs" / "alerts.md").read_text()
CHECKS = [
    check
    for test in yaml.safe_load((PROMETHEUS / "rules.test.yml").read_text())["tests"]
    for check in test["promql_expr_test"]
]
OF_PROMETHEUS = {"up", "ALERTS"}
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\b(?!\s*\()")
OPERATORS = {"and", "or", "unless"}


def metrics_in(expression: str) -> set[str]:
    """The names of metrics in an expression of PromQL."""
    bare = re.sub(r'"[^"]*"', "", expression)
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|\b(by|without|on|ignoring)\s*\([^)]*\)", " ", bare)
    return set(NAME.findall(bare)) - OPERATORS


def known_metrics() -> set[str]:
    names = set(REGISTRY._names_to_collectors) | OF_PROMETHEUS | RECORDED
    return names | {"process_start_time_seconds", "process_resident_memory_bytes"}


def test_the_names_of_metrics_are_read_out_of_expressions() -> None:
    found = metrics_in('sum by (le) (rate(a_bucket{x="up", y!~"{b}"}[5m])) / ignoring(state) c:d')
    assert found == {"a_bucket", "c:d"}


@pytest.mark.parametrize("expression", [rule["expr"] for rule in RULES])
def test_a_rule_speaks_of_metrics_that_exist(expression: str) -> None:
    assert metrics_in(expression)
    assert metrics_in(expression) <= known_metrics()


@pytest.mark.parametrize("panel", DASHBOARD["panels"], ids=lambda panel: str(panel["title"]))
def test_a_panel_speaks_of_metrics_that_exist(panel: dict[str, Any]) -> None:
    assert panel["datasource"]["uid"] == "prometheus"
    for target in panel["targets"]:
        assert metrics_in(target["expr"])
        assert metrics_in(target["expr"]) <= known_metrics()


def test_the_runbook_has_exactly_the_alerts() -> None:
    assert set(re.findall(r"^### (\w+)$", RUNBOOK, re.M)) == set(ALERTS)


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_what_it_is_and_where_to_read_on(name: str) -> None:
    alert = ALERTS[name]
    assert alert["labels"]["severity"] in {"warning", "critical"}
    assert set(alert["annotations"]) == {"summary", "description", "runbook"}
    assert alert["annotations"]["runbook"] == f"docs/alerts.md#{name.lower()}"


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_is_tested_firing_and_still(name: str) -> None:
    found = [bool(check["exp_samples"]) for check in CHECKS if f'"{name}"' in check["expr"]]
    assert set(found) == {True, False}


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_what_is_recorded_is_tested(name: str) -> None:
    assert [check for check in CHECKS if check["expr"] == name]


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool")
@pytest.mark.parametrize(
    "command", [["check", "config", "prometheus.yml"], ["test", "rules", "rules.test.yml"]]
)
def test_prometheus_takes_the_files_and_the_rules_pass_their_tests(command: list[str]) -> None:
    done = subprocess.run(
        ["promtool", *command], cwd=PROMETHEUS, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
