"""Development, staging and production: a file of differences each, as the page compares them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from dotenv import dotenv_values

from on_prem_rag.config import Settings, environments, load_settings
from on_prem_rag.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[2]
FILES = {path.stem: dotenv_values(path) for path in (ROOT / "deploy/profiles").glob("*.env")}


def given(profile: str) -> dict[str, str]:
    return {name: value for name, value in FILES[profile].items() if value is not None}


def test_each_environment_has_its_file() -> None:
    assert set(FILES) == set(environments())


@pytest.mark.parametrize("profile", sorted(FILES))
def test_a_profile_loads_and_says_the_same_as_its_environment(profile: str) -> None:
    settings, warnings = load_settings(given(profile))
    assert warnings == []
    assert settings.environment == profile
    # What ENVIRONMENT alone changes, the file spells out.
    alone, _ = load_settings({"ENVIRONMENT": profile})
    base = Settings().model_dump()
    changed = {name for name, value in alone.model_dump().items() if value != base[name]}
    assert changed <= {name.lower() for name in FILES[profile]}
    assert all(getattr(settings, name) == getattr(alone, name) for name in changed)


def test_they_differ_as_the_page_compares_them() -> None:
    page = (ROOT / "docs/operations.md").read_text().partition("## Profiles\n")[2]
    rows = re.findall(r"^\| `([A-Z_]+)` \| `(.*?)` \| `(.*?)` \| `(.*?)` \|", page, re.M)
    shown = {
        name: dict(zip(("development", "staging", "production"), values, strict=True))
        for name, *values in rows
    }
    assert shown == {
        name: {profile: FILES[profile].get(name) for profile in FILES}
        for name in {name for values in FILES.values() for name in values}
    }
    assert all(len(set(values.values())) > 1 for values in shown.values()), "a difference differs"


def test_production_refuses_what_a_desk_allows(tmp_path: Path) -> None:
    secret = tmp_path / "jwt"
    secret.write_text("s" * 48)
    secret.chmod(0o444)
    load_settings({**given("development"), "JWT_SECRET_FILE": str(secret)})
    with pytest.raises(ConfigurationError, match="read by everyone"):
        load_settings({**given("production"), "JWT_SECRET_FILE": str(secret)})


def test_the_containers_take_the_profile_and_then_what_the_site_says() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    for name in ("rag-backend", "worker", "migrate"):
        profile, own = services[name]["env_file"]
        assert profile == "deploy/profiles/${ENVIRONMENT:-production}.env"
        assert own == {"path": ".env", "required": False}
        assert not {
            key for values in FILES.values() for key in values if key != "ENVIRONMENT"
        } & set(services[name]["environment"]), "what stands there would win over every profile"
