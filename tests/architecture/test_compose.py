"""The compose files keep what the documentation promises, before an engine ever reads them."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from on_prem_rag.config import Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OVERRIDE = yaml.safe_load((ROOT / "docker-compose.override.yml").read_text())
MONITORING = {"prometheus", "alertmanager", "grafana"}
SHIPPED = [ROOT / "docker-compose.yml", ROOT / "docker-compose.override.yml"]
SHIPPED += [ROOT / "deploy" / part for part in ("alertmanager/notify.yml", "logging/syslog.yml")]
SERVICES: dict[str, Any] = COMPOSE["services"]
NETWORKS: dict[str, Any] = COMPOSE["networks"]


def test_the_proxy_alone_publishes_ports_and_has_a_way_out() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"proxy"}
    outward = {name for name, network in NETWORKS.items() if not network.get("internal")}
    assert {n for n, s in SERVICES.items() if outward & set(s["networks"])} == {"proxy"}


def test_monitoring_is_a_profile_that_shares_one_network_with_the_backend_and_none_with_data() -> (
    None
):
    assert {name for name, service in SERVICES.items() if "profiles" in service} == MONITORING
    for name in MONITORING:
        assert SERVICES[name]["profiles"] == ["monitoring"]
        assert set(SERVICES[name]["networks"]) <= {"watch", "board"}
    # By front the backend knows the proxy's address; a second way would have another one.
    shared = set(SERVICES["proxy"]["networks"]) & set(SERVICES["rag-backend"]["networks"])
    assert shared == {"front"}


def test_alertmanager_alone_gets_a_way_out_and_only_where_it_is_asked_for() -> None:
    notify = yaml.safe_load((ROOT / "deploy/alertmanager/notify.yml").read_text())
    assert notify["services"] == {"alertmanager": {"networks": ["watch", "notify"]}}
    assert notify["networks"] == {"notify": {}}


def test_every_service_can_send_its_log_to_syslog() -> None:
    syslog = yaml.safe_load((ROOT / "deploy/logging/syslog.yml").read_text())
    assert set(syslog["services"]) == set(SERVICES)


def test_grafana_is_sent_its_own_cookies_alone() -> None:
    site = (ROOT / "deploy/nginx/site.conf.template").read_text()
    (location,) = re.findall(r"location /grafana/ \{(.*?)\n    \}", site, re.S)
    assert "proxy_set_header Cookie $grafana_cookies;" in location
    (cookies,) = re.findall(r"map \$cookie_grafana_session \$grafana_cookies \{(.*?)\}", site, re.S)
    assert set(re.findall(r"\$(\w+)", cookies)) == {
        "cookie_grafana_session",
        "cookie_grafana_session_expiry",
    }


def test_grafana_asks_nobody_outside_and_lets_nobody_in_by_itself() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "deploy/grafana/grafana.ini")
    for section, key, value in (
        ("analytics", "reporting_enabled", False),
        ("analytics", "check_for_updates", False),
        ("analytics", "check_for_plugin_updates", False),
        ("news", "news_feed_enabled", False),
        ("snapshots", "external_enabled", False),
        ("plugins", "preinstall_disabled", True),
        ("plugins", "plugin_admin_enabled", False),
        ("security", "disable_gravatar", True),
        ("users", "allow_sign_up", False),
        ("auth.anonymous", "enabled", False),
    ):
        assert settings.getboolean(section, key) is value, key


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_the_least_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    limits = service["deploy"]["resources"]["limits"]
    assert set(limits) >= {"memory", "pids"}
    assert service["logging"]["options"]["max-size"]
    assert "privileged" not in service
    if name == "migrate":
        assert service["restart"] == "no", "it runs once"
        return
    assert service["restart"] == "unless-stopped"
    if name == "rag-backend":
        assert "\nHEALTHCHECK " in (ROOT / "Dockerfile").read_text(), "it has the image's own"
    else:
        assert service["healthcheck"]["test"]
        assert service["healthcheck"]["retries"] == 3


@pytest.mark.parametrize("name", ["rag-backend", "worker", "migrate"])
def test_what_the_appliance_is_given_are_settings_of_it(name: str) -> None:
    service = SERVICES[name]
    known = {field.upper() for field in Settings.model_fields}
    names = set(service["environment"])
    assert {name if name in known else name.removesuffix("_FILE") for name in names} <= known
    assert service["environment"]["ENVIRONMENT"] == "${ENVIRONMENT:-production}"
    files = {value for value in service["environment"].values() if "/run/secrets/" in value}
    assert files == {f"/run/secrets/{secret}" for secret in service["secrets"]}


def test_secrets_are_files_and_stand_in_no_variable() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    assert not re.search(r"(PASSWORD|SECRET|KEY): ", text)
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())


def test_the_model_gets_the_gpu_and_parts_get_what_is_promised() -> None:
    resources = {n: s["deploy"]["resources"] for n, s in OVERRIDE["services"].items()}
    (device,) = resources["ollama"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}
    backend, ollama = resources["rag-backend"], resources["ollama"]
    assert (backend["limits"], backend["reservations"]) == (
        {"cpus": "2", "memory": "4g"},
        {"cpus": "1", "memory": "2g"},
    )
    assert ollama["limits"] == {"cpus": "4", "memory": "16g"}


def test_the_example_file_names_every_variable_of_the_compose_files() -> None:
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^#([A-Z_]+)=", example, re.M))
    files = "".join(path.read_text() for path in SHIPPED)
    scripts = "".join(path.read_text() for path in (ROOT / "scripts").glob("*.sh"))
    used = set(re.findall(r"\$\{([A-Z_]+)", files)) | {"COMPOSE_FILE", "COMPOSE_PROFILES"}
    used |= set(re.findall(r"\bsetting ([A-Z_]+)\b", scripts)) - {"NAME"}
    assert used <= named
    own = set(re.findall(r"^#([A-Z_]+)=", example.partition("\n# Containers\n")[2], re.M))
    assert own == used - {field.upper() for field in Settings.model_fields}
    defaults = dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", files))
    shown = dict(re.findall(r"^#([A-Z_]+)=(.*)$", example, re.M))
    assert {n: d for n, d in defaults.items() if n in own} == {
        n: shown[n] for n in own & set(defaults)
    }
