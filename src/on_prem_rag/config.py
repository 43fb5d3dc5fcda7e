"""Settings: the only place that reads the environment.

Every setting may be given as an environment variable, in a ``.env`` file in the working
directory, or (secrets) as ``NAME_FILE`` naming a file that holds the value. docs/settings.md lists
them; a test compares that list with this class. ``ENVIRONMENT`` selects the differences below.
"""

from __future__ import annotations

import difflib
import os
import re
import secrets
import stat
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import quote, urlsplit

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from on_prem_rag.errors import ConfigurationError

Environment = Literal["development", "staging", "production"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
RetrievalStrategy = Literal["hybrid", "dense", "lexical"]
BUNDLED_EMBEDDING_MODEL = "all-MiniLM-L6-v2"

_BY_ENVIRONMENT: dict[str, dict[str, Any]] = {
    "development": {"rate_limit_requests_per_minute": 1000},
    "staging": {"rate_limit_requests_per_minute": 100},
    "production": {},
}
_WEAK_SECRETS = {"secret", "changeme", "change-me", "password", "default", "your-secret-key"}
MIN_SECRET_BYTES = 32


class Settings(BaseModel):
    """All settings, frozen after start. Times are seconds, sizes bytes unless a name says else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: Environment = "development"
    data_dir: Path = Path("data")
    server_file: Path | None = None
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)

    database_url: SecretStr | None = None
    db_user: str | None = None
    db_password: SecretStr | None = None
    db_name: str = "ragdb"
    db_host: str = "postgres"
    db_pool_size: int = Field(20, ge=1)
    db_max_overflow: int = Field(40, ge=0)

    jwt_secret: SecretStr | None = None
    jwt_algorithm: Literal["HS256", "HS384", "HS512"] = "HS256"
    jwt_expiration: int = Field(600, ge=30, le=600)
    session_timeout_hours: float = Field(24, gt=0)
    audit_key: SecretStr | None = None

    ollama_endpoint: str = "http://127.0.0.1:11434"
    default_model: str = "mistral:7b"
    fallback_model: str | None = None
    embedding_model: str = BUNDLED_EMBEDDING_MODEL
    embedding_threads: int | None = Field(None, ge=1)
    num_ctx: int = Field(8192, ge=512)
    num_predict: int = Field(1024, ge=16)
    generation_concurrency: int = Field(4, ge=1)
    generation_max_waiting: int = Field(200, ge=0)
    ollama_connect_timeout: float = Field(2.0, gt=0)
    ollama_first_token_timeout: float = Field(120.0, gt=0)
    ollama_between_tokens_timeout: float = Field(30.0, gt=0)
    ollama_total_timeout: float = Field(300.0, gt=0)

    chroma_persist_directory: Path | None = None
    index_slots: int = Field(1, ge=1, le=64)
    private_vectors_threshold: int = Field(2000, ge=0)
    default_retrieval_strategy: RetrievalStrategy = "hybrid"
    max_retrieval_results: int = Field(10, ge=1, le=100)
    similarity_threshold: float | None = Field(None, ge=0, le=1)

    chunk_tokens: int = Field(220, ge=32, le=2000)
    chunk_overlap_tokens: int = Field(30, ge=0)
    conversion_timeout: float = Field(120.0, gt=0)
    conversion_memory_bytes: int = Field(2 * 1024**3, ge=256 * 1024**2)
    max_pages: int = Field(5000, ge=1)
    ocr_languages: str | None = None
    worker_processes: int = Field(1, ge=0, le=64)

    rate_limit_requests_per_minute: int = Field(60, ge=0)
    rate_limit_queries_per_minute: int = Field(10, ge=0)
    rate_limit_queries_per_day: int = Field(1000, ge=0)
    rate_limit_upload_bytes_per_day: int = Field(10 * 1024**3, ge=0)
    storage_bytes_per_person: int = Field(50 * 1024**3, ge=0)
    max_upload_bytes: int = Field(100 * 1024**2, ge=1024)
    max_concurrent_requests: int = Field(100, ge=1)
    request_timeout: float = Field(30.0, gt=0)
    keep_alive_timeout: int = Field(5, ge=1)
    shutdown_timeout: int = Field(10, ge=1)
    allowed_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()

    backup_dir: Path = Path("backups")
    backup_copy_dir: Path | None = None
    backup_recipients: tuple[str, ...] = ()
    backup_drill_identity: SecretStr | None = None
    backup_retention_daily: int = Field(30, ge=0, le=3650)
    backup_retention_weekly: int = Field(8, ge=0, le=520)
    backup_retention_monthly: int = Field(12, ge=0, le=120)

    log_level: LogLevel = "INFO"
    log_format: Literal["auto", "json", "text"] = "auto"
    log_file: Path | None = None
    enable_metrics: bool = True
    metrics_port: int = Field(9090, ge=0, le=65535)
    tls_certificate_file: Path | None = None

    @field_validator(
        "allowed_origins", "allowed_hosts", "trusted_proxies", "backup_recipients", mode="before"
    )
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _check_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ip_network(network, strict=False)
            except ValueError:
                raise ValueError(f"{network!r} is neither an address nor a network") from None
        return value

    @property
    def sqlalchemy_url(self) -> str:
        """The database as SQLAlchemy wants it: psycopg2 for any Postgres form, else SQLite."""
        if self.database_url is not None:
            return normalise_database_url(self.database_url.get_secret_value())
        if self.db_user and self.db_password is not None:
            password = quote(self.db_password.get_secret_value(), safe="")
            user = quote(self.db_user, safe="")
            return f"postgresql+psycopg2://{user}:{password}@{self.db_host}/{self.db_name}"
        return f"sqlite:///{self.data_dir / 'rag.db'}"

    def as_environment(self) -> dict[str, str]:
        """These settings as variables for a child process that must run with the same ones."""
        values: dict[str, str] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                value = value.get_secret_value()
            if value is not None and value != ():
                values[name.upper()] = ",".join(value) if isinstance(value, tuple) else str(value)
        return values

    def told(self) -> dict[str, Any]:
        """Every setting that is no secret, as JSON takes it."""
        fields = type(self).model_fields.items()
        hidden = {name for name, field in fields if "SecretStr" in str(field.annotation)}
        return self.model_dump(mode="json", exclude=hidden)

    @property
    def originals_dir(self) -> Path:
        """Uploaded files by content hash."""
        return self.data_dir / "originals"

    @property
    def models_dir(self) -> Path:
        """Model files built on this machine."""
        return self.data_dir / "models"

    @property
    def reserve_path(self) -> Path:
        """A file given up when the disk runs full."""
        return self.run_dir / "reserve"

    @property
    def server_file_path(self) -> Path:
        """Where the running server says how local commands reach it."""
        return self.server_file or self.run_dir / "server.json"

    @property
    def run_dir(self) -> Path:
        """Locks and signs of life of what runs, and secrets made on first start."""
        return self.data_dir / "run"

    @property
    def index_dir(self) -> Path:
        """Holds one directory per index slot."""
        return self.data_dir / "index"


def normalise_database_url(url: str) -> str:
    """Map every ``postgres…://`` form to psycopg2; leave SQLite alone; refuse the rest."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise ConfigurationError("DATABASE_URL is not a URL.")
    if scheme.split("+")[0] in {"postgres", "postgresql"}:
        return f"postgresql+psycopg2://{rest}"
    if scheme.split("+")[0] == "sqlite":
        return url
    raise ConfigurationError(f"DATABASE_URL has the scheme '{scheme}'; use postgresql or sqlite.")


def load_settings(
    environ: Mapping[str, str] | None = None, **overrides: Any
) -> tuple[Settings, list[str]]:
    """Read settings; return them with warnings about names that look like a misspelt setting.

    ``overrides`` (field names) win over the environment. Raises ConfigurationError that names the
    setting and never its value.
    """
    env_file = Path(".env")
    from_file = {k: v for k, v in dotenv_values(env_file).items() if v is not None}
    source = dict(os.environ) if environ is None else dict(environ)
    merged = {**(from_file if environ is None else {}), **source}
    _refuse_several_workers(merged)
    values = _collect(merged)
    environment = overrides.get("environment", values.get("environment", "development"))
    values = {**_BY_ENVIRONMENT.get(str(environment), {}), **values, **overrides}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise ConfigurationError(_describe(error)) from None
    _check_secrets(settings)
    if settings.environment == "production":
        _refuse_open_secret_files(merged)
    return settings, _misspelt(merged, set(from_file))


def secret_files() -> dict[str, Path]:
    """The files that the environment and ``.env`` name for secrets, by the settings' names."""
    from_file = {k: v for k, v in dotenv_values(Path(".env")).items() if v is not None}
    return _secret_files({**from_file, **os.environ})


def read_or_create_secret(path: Path) -> str:
    """A random secret kept in a 0600 file, made on first use; for bare installs without one set."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return secret


def child_environment(**extra: str) -> dict[str, str]:
    """The environment for a child process: this one, with tracing of libraries forced off."""
    return {**os.environ, **extra}


def disable_tracing() -> None:
    """Force LangChain's tracing off before it is imported: it would send prompts out."""
    for name in ("LANGCHAIN_TRACING_V2", "LANGCHAIN_TRACING", "LANGSMITH_TRACING"):
        os.environ[name] = "false"


def disable_telemetry() -> None:
    """Keep ONNX Runtime from telling its maker of its use; call it before that is imported.

    Told by then, it makes no uploader, no identifier of this machine and no cache (its Privacy.md).
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def _collect(source: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    secret_files = _secret_files(source)
    for name in Settings.model_fields:
        key = name.upper()
        if key in secret_files:
            values[name] = _read_secret_file(key, secret_files[key])
        elif source.get(key, "") != "":
            values[name] = source[key]
    return values


def _secret_files(source: Mapping[str, str]) -> dict[str, Path]:
    """The files that are named for secrets, by the settings' names."""
    secret = (SecretStr, SecretStr | None)
    keys = (n.upper() for n, f in Settings.model_fields.items() if f.annotation in secret)
    return {key: Path(source[f"{key}_FILE"]) for key in keys if source.get(f"{key}_FILE")}


def _read_secret_file(key: str, path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise ConfigurationError(f"{key}_FILE cannot be read: {error.strerror}.") from None


def _refuse_open_secret_files(source: Mapping[str, str]) -> None:
    for key, path in _secret_files(source).items():
        if path.stat().st_mode & stat.S_IROTH:
            raise ConfigurationError(
                f"The file of {key}_FILE may be read by everyone.", hint="chmod o= it."
            )


def _refuse_several_workers(source: Mapping[str, str]) -> None:
    for name in ("UVICORN_WORKERS", "WEB_CONCURRENCY"):
        if source.get(name, "1").strip() not in {"", "0", "1"}:
            raise ConfigurationError(
                f"{name} above 1 is refused: one process owns the index.",
                hint=f"Unset {name}; scale with backend replicas that each own an index slot.",
            )


def split_secrets(value: str) -> list[str]:
    """The secrets of a setting that takes several, by commas or lines; the first is current."""
    return [secret.strip() for secret in re.split(r"[,\n]", value) if secret.strip()]


def _check_secrets(settings: Settings) -> None:
    jwt = settings.jwt_secret
    given = (
        [("JWT_SECRET", s) for s in split_secrets(jwt.get_secret_value()) or [""]] if jwt else []
    )
    if settings.audit_key is not None:
        given.append(("AUDIT_KEY", settings.audit_key.get_secret_value()))
    for name, value in given:
        if len(value.encode()) < MIN_SECRET_BYTES or value.lower() in _WEAK_SECRETS:
            raise ConfigurationError(
                f"{name} is shorter than {MIN_SECRET_BYTES} bytes or a known default.",
                hint="Make one with: openssl rand -base64 48",
            )
    if settings.environment != "production":
        return
    password = settings.db_password
    if password is not None and password.get_secret_value().lower() in _WEAK_SECRETS:
        raise ConfigurationError("DB_PASSWORD is a known default.")
    url = settings.database_url
    if url is not None and (urlsplit(url.get_secret_value()).password or "x") in _WEAK_SECRETS:
        raise ConfigurationError("DATABASE_URL holds a password that is a known default.")


def _misspelt(merged: Mapping[str, str], file_names: set[str]) -> list[str]:
    known = {name.upper() for name in Settings.model_fields}
    known |= {f"{name}_FILE" for name in known}
    warnings = []
    for name in merged:
        if name in known or not name.isupper():
            continue
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.88)
        if close:
            warnings.append(f"{name} is not a setting; did you mean {close[0]}?")
        elif name in file_names:
            warnings.append(f"{name} in .env is not a setting and is ignored.")
    return warnings


def _describe(error: ValidationError) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0]).upper() if first["loc"] else "A setting"
    return f"{name}: {first['msg']}."


def environments() -> tuple[str, ...]:
    """The values ENVIRONMENT may take."""
    return get_args(Environment)
