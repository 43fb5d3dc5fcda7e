"""Prometheus reads every replica, an alert reaches a webhook, and nothing of it has a way out.

Grafana is not started here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from tests.containers.listener import host_address, listening
from tests.containers.stack import FILES, ROOT, Stack
from tests.server_process import wait_for

STARTED = ("rag-backend", "prometheus", "alertmanager", "receiver")
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def watched(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack with Prometheus, Alertmanager and a receiver of webhooks."""
    with stack.administrator():
        pass  # whose first password is in the log of a container that is about to be replaced
    folder = tmp_path_factory.mktemp("alertmanager")
    folder.chmod(0o755)
    _write_alertmanager(folder)
    env = {
        **stack.env,
        "COMPOSE_FILE": ":".join((*FILES, "tests/containers/monitoring.yml")),
        "COMPOSE_PROFILES": "monitoring",
        "ALERTMANAGER_DIR": str(folder),
    }
    watched = Stack(stack.folder, env)
    try:
        watched.compose("up", "--detach", "--wait", *STARTED)
        yield watched
    finally:
        watched.compose("logs", "--tail", "40", "prometheus", "alertmanager")
        watched.compose("rm", "--stop", "--force", "prometheus", "alertmanager", "receiver")
        stack.compose("up", "--detach", "--wait")


def _write_alertmanager(folder: Path) -> None:
    """The shipped file, telling the receiver, and without its patience."""
    config = yaml.safe_load((ROOT / "deploy/alertmanager/alertmanager.yml").read_text())
    webhook = {"url": "http://receiver:8080/", "send_resolved": True}
    config["route"] |= {"receiver": "webhook", "group_wait": "1s", "group_interval": "5s"}
    config["receivers"].append({"name": "webhook", "webhook_configs": [webhook]})
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(config))


def _prometheus(stack: Stack, path: str) -> Any:
    command = ("exec", "-T", "prometheus", "wget", "-q", "-O", "-", f"http://127.0.0.1:9090{path}")
    return json.loads(stack.compose(*command).stdout)["data"]


def _values(stack: Stack, query: str) -> list[float]:
    found = _prometheus(stack, f"/api/v1/query?query={quote(query)}")
    return [float(each["value"][1]) for each in found["result"]]


def test_every_backend_and_the_proxy_are_read_and_every_rule_is_evaluated(watched: Stack) -> None:
    wait_for(lambda: _values(watched, 'up{job="rag-backend"}') == [1, 1], "both are read")
    wait_for(lambda: _values(watched, "min(up)") == [1], "and all others")
    assert _values(watched, 'up{job="proxy"}') == [1]
    wait_for(lambda: _values(watched, "appliance:serving") == [1], "it is known to serve")
    shipped = yaml.safe_load((ROOT / "deploy/prometheus/rules.yml").read_text())["groups"]
    names = {rule.get("alert") or rule["record"] for group in shipped for rule in group["rules"]}

    def evaluated() -> bool:
        groups = _prometheus(watched, "/api/v1/rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        assert {rule["name"] for rule in rules} == names
        assert {rule["health"] for rule in rules} <= {"ok", "unknown"}, rules
        return all(rule["health"] == "ok" for rule in rules)

    wait_for(evaluated, "all rules were evaluated", seconds=90)


def test_what_only_a_container_can_get_wrong_is_read(watched: Stack) -> None:
    wait_for(lambda: len(_values(watched, "dependency_up == 1")) >= 14, "every part of both")
    (end,) = _values(watched, "min(tls_certificate_expiry_timestamp_seconds)")
    assert end - time.time() == pytest.approx(397 * 86400, abs=86400)
    for query in ("host_cpu_seconds_total", "host_memory_available_bytes", "disk_free_bytes"):
        assert min(_values(watched, query)) > 0
    assert set(_values(watched, "db_pool_limit")) == {60}


def test_a_part_that_is_down_is_told_to_a_webhook_and_so_is_its_end(watched: Stack) -> None:
    def told(status: str) -> bool:
        log = watched.run("docker", "logs", watched.containers()["receiver"]).stdout
        alerts = [each for line in log.splitlines() for each in json.loads(line)["alerts"]]
        return any(
            each["labels"]["alertname"] == "PartDown"
            and each["labels"]["part"] == "ollama"
            and each["status"] == status
            and each["annotations"]["runbook"] == "docs/alerts.md#partdown"
            for each in alerts
        )

    assert not told("firing")
    watched.compose("stop", "ollama")
    try:
        wait_for(lambda: told("firing"), "the webhook was told", seconds=240)
    finally:
        watched.compose("start", "ollama")
    wait_for(lambda: told("resolved"), "and that it is over", seconds=240)


def test_the_shipped_files_are_right_for_the_shipped_programs(watched: Stack) -> None:
    shipped = Stack(watched.folder, {**watched.env, "ALERTMANAGER_DIR": "./deploy/alertmanager"})
    run = ("run", "--rm", "--no-deps", "--no-TTY", "--entrypoint")
    file = "/etc/alertmanager/alertmanager.yml"
    shipped.compose(*run, "amtool", "alertmanager", "check-config", file)
    rules = "/etc/prometheus/rules.test.yml"
    shipped.compose(*run, "promtool", "prometheus", "test", "rules", rules)


def test_monitoring_has_no_way_out_but_where_it_is_asked_for(watched: Stack) -> None:
    def reach(stack: Stack, service: str, host: str, port: int) -> None:
        command = ("exec", "-T", service, "timeout", "8", "wget", "-q", "-T", "5", "-O", "-")
        # The listener hangs up: whether it was reached is what it says.
        stack.compose(*command, f"http://{host}:{port}/", check=False)

    with listening() as (port, seen):
        for service in ("prometheus", "alertmanager"):
            reach(watched, service, host_address(watched), port)
            assert seen == [], service
        notify = ":".join((watched.env["COMPOSE_FILE"], "deploy/alertmanager/notify.yml"))
        asked = Stack(watched.folder, {**watched.env, "COMPOSE_FILE": notify})
        asked.compose("up", "--detach", "--wait", "--no-deps", "alertmanager")
        reach(asked, "alertmanager", host_address(watched), port)
        assert seen, "the control: with notify.yml it is let out"
        watched.compose("up", "--detach", "--wait", "--no-deps", "alertmanager")
        watched.run("docker", "network", "rm", f"{watched.env['COMPOSE_PROJECT_NAME']}_notify")


def test_without_grafana_the_proxy_says_how_to_switch_it_on(watched: Stack) -> None:
    with watched.client() as client:
        answer = client.get("/grafana/")
        assert client.get("/grafana").headers["location"].endswith("/grafana/")
    assert answer.status_code == 503
    assert "COMPOSE_PROFILES=monitoring" in answer.text
