"""Settings: what is read, refused and documented."""

import re
from pathlib import Path

import pytest

from on_prem_rag.config import (
    Settings,
    load_settings,
    normalise_database_url,
    read_or_create_secret,
)
from on_prem_rag.errors import ConfigurationError

DOCS = Path(__file__).parents[2] / "docs"


def documented() -> dict[str, str]:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|", (DOCS / "settings.md").read_text(), re.M)
    return dict(rows)


def test_the_page_of_settings_lists_exactly_the_settings() -> None:
    assert set(documented()) == {name.upper() for name in Settings.model_fields}


def test_the_page_of_settings_states_the_defaults() -> None:
    defaults = Settings().model_dump()
    wrong = {
        name: (shown, defaults[name.lower()])
        for name, shown in documented().items()
        if shown.startswith("`")
        and "<" not in shown
        and shown.strip("`").lower() != str(defaults[name.lower()]).lower()
    }
    assert wrong == {}


def test_the_environment_is_read_and_overrides_win() -> None:
    settings, warnings = load_settings({"PORT": "9001", "LOG_LEVEL": "ERROR"}, port=9002)
    assert (settings.port, settings.log_level, warnings) == (9002, "ERROR", [])


def test_an_environment_brings_its_differences_but_an_explicit_value_wins() -> None:
    assert load_settings({})[0].rate_limit_requests_per_minute == 1000
    assert load_settings({"ENVIRONMENT": "production"})[0].rate_limit_requests_per_minute == 60
    given = {"ENVIRONMENT": "staging", "RATE_LIMIT_REQUESTS_PER_MINUTE": "7"}
    assert load_settings(given)[0].rate_limit_requests_per_minute == 7


def test_a_secret_is_read_from_its_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x" * 40 + "\n")
    settings, _ = load_settings({"JWT_SECRET_FILE": str(secret)})
    assert settings.jwt_secret is not None
    assert settings.jwt_secret.get_secret_value() == "x" * 40
    assert "xxx" not in repr(settings)


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"PORT": "eighty"}, "PORT"),
        ({"JWT_EXPIRATION": "3600"}, "JWT_EXPIRATION"),
        ({"JWT_SECRET": "short"}, "JWT_SECRET"),
        ({"JWT_SECRET_FILE": "/nowhere/secret"}, "JWT_SECRET_FILE"),
        ({"UVICORN_WORKERS": "4"}, "UVICORN_WORKERS"),
        ({"ENVIRONMENT": "production", "DB_PASSWORD": "changeme"}, "DB_PASSWORD"),
        ({"ENVIRONMENT": "production", "DATABASE_URL": "postgres://u:password@h/d"}, "DATABASE"),
    ],
)
def test_what_is_unsafe_or_malformed_is_refused_by_name(
    environ: dict[str, str], named: str
) -> None:
    with pytest.raises(ConfigurationError, match=named):
        load_settings(environ)


def test_a_misspelt_name_is_reported() -> None:
    _, warnings = load_settings({"OLAMA_ENDPOINT": "http://x", "PATH": "/bin"})
    assert warnings == ["OLAMA_ENDPOINT is not a setting; did you mean OLLAMA_ENDPOINT?"]


@pytest.mark.parametrize(
    "url", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"]
)
def test_every_form_of_a_postgres_url_becomes_psycopg2(url: str) -> None:
    assert normalise_database_url(url) == "postgresql+psycopg2://u:p@h/d"


def test_a_foreign_database_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="mysql"):
        normalise_database_url("mysql://u@h/d")


def test_parts_make_a_postgres_url_with_its_password_quoted() -> None:
    settings, _ = load_settings({"DB_USER": "rag", "DB_PASSWORD": "a@b:c/d"})
    assert settings.sqlalchemy_url == "postgresql+psycopg2://rag:a%40b%3Ac%2Fd@postgres/ragdb"


def test_a_made_secret_stays_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "run" / "secret"
    first = read_or_create_secret(path)
    assert read_or_create_secret(path) == first
    assert len(first) >= 32
    assert path.stat().st_mode & 0o077 == 0


def test_a_child_gets_the_same_settings_through_its_environment(tmp_path: Path) -> None:
    given = {"JWT_SECRET": "s" * 40, "ALLOWED_HOSTS": "a.example,b.example", "FALLBACK_MODEL": "m"}
    settings, _ = load_settings(given, data_dir=tmp_path, port=0)
    again, warnings = load_settings(settings.as_environment())
    assert (again, warnings) == (settings, [])


def test_a_trusted_proxy_is_an_address_or_a_network() -> None:
    settings, _ = load_settings({"TRUSTED_PROXIES": "10.0.0.7, 172.16.0.0/12"})
    assert settings.trusted_proxies == ("10.0.0.7", "172.16.0.0/12")
    with pytest.raises(ConfigurationError, match="neither an address"):
        load_settings({"TRUSTED_PROXIES": "proxy.internal"})


def test_a_copy_with_another_directory_has_another_database(tmp_path: Path) -> None:
    settings, _ = load_settings({}, data_dir=tmp_path / "a")
    first = settings.sqlalchemy_url
    assert settings.model_copy(update={"data_dir": tmp_path / "b"}).sqlalchemy_url != first


def test_production_refuses_a_secret_that_everyone_may_read(tmp_path: Path) -> None:
    secret = tmp_path / "jwt"
    secret.write_text("s" * 48)
    secret.chmod(0o444)
    given = {"JWT_SECRET_FILE": str(secret)}
    load_settings(given)
    with pytest.raises(ConfigurationError, match="file of JWT_SECRET_FILE may be read by everyone"):
        load_settings({**given, "ENVIRONMENT": "production"})
    secret.chmod(0o440)
    load_settings({**given, "ENVIRONMENT": "production"})


def test_the_example_file_names_every_setting_and_loads() -> None:
    lines = (DOCS.parent / ".env.example").read_text().partition("\n# Containers\n")[0].splitlines()
    given = dict(line[1:].split("=", 1) for line in lines if re.match(r"#[A-Z_]+=", line))
    assert set(given) == {name.upper() for name in Settings.model_fields}
    settings, _ = load_settings(given)
    assert settings == load_settings({})[0].model_copy(
        update={"rate_limit_requests_per_minute": settings.rate_limit_requests_per_minute}
    )
