"""Parts that servers, workers and commands build alike."""

from __future__ import annotations

from sqlalchemy.exc import OperationalError

from on_prem_rag.access.limits import Limits
from on_prem_rag.audit.chain import Chain
from on_prem_rag.audit.log import AuditLog
from on_prem_rag.audit.receipts import Retention
from on_prem_rag.backup.swap import Renaming, Swap
from on_prem_rag.config import Settings, read_or_create_secret, split_secrets
from on_prem_rag.db import migrate
from on_prem_rag.db.session import Database
from on_prem_rag.errors import ConfigurationError, ServiceUnavailable


def open_database(settings: Settings, *, durable: bool = True) -> Database:
    """The database of these settings, as it is. Raises ServiceUnavailable when it is away."""
    database = Database(
        settings.sqlalchemy_url,
        pool_size=settings.db_pool_size,
        max_overflow=settings.db_max_overflow,
        durable=durable,
    )
    try:
        database.ping()
    except OperationalError as error:
        database.close()
        reason = str(error.orig).strip().partition("\n")[0]
        raise ServiceUnavailable(
            f"The database cannot be opened: {reason}", hint="Check DATABASE_URL and its server."
        ) from None
    return database


def open_current_database(settings: Settings, *, durable: bool = True) -> Database:
    """The database with the schema this version needs.

    SQLite is migrated here, as its one owner. On Postgres the owner role migrates beforehand, so a
    schema that is behind raises ConfigurationError.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = open_database(settings, durable=durable)
    if not migrate.is_current(database):
        if not database.is_sqlite:
            raise ConfigurationError(
                "The database's schema is not current.", hint="Run: on-prem-rag migrate upgrade"
            )
        migrate.upgrade(database)
    AuditLog(Chain(audit_key(settings))).attach(database)
    return database


def swap_of(settings: Settings) -> Swap:
    """The restores of this data directory, and of its Postgres database if that is its own."""
    if not settings.sqlalchemy_url.startswith("postgresql"):
        return Swap(settings.data_dir, rename=_no_renaming, drop=lambda _: None)
    from on_prem_rag.backup.postgres import PostgresServer  # noqa: PLC0415 - only here

    server = PostgresServer(settings.sqlalchemy_url)
    return Swap(settings.data_dir, rename=server.rename, drop=server.drop)


def finish_restore(settings: Settings) -> None:
    """Finish a restore that was cut off after it had begun to take effect."""
    swap_of(settings).finish()


def _no_renaming(renaming: Renaming) -> None:
    raise ConfigurationError(
        f"A restore into the Postgres database {renaming.live} was cut off.",
        hint="Set DATABASE_URL to what it was, and start again.",
    )


def default_limits(settings: Settings) -> Limits:
    """What holds for everyone for whom no limits are set."""
    return Limits(
        requests_per_minute=settings.rate_limit_requests_per_minute,
        queries_per_minute=settings.rate_limit_queries_per_minute,
        queries_per_day=settings.rate_limit_queries_per_day,
        upload_bytes_per_day=settings.rate_limit_upload_bytes_per_day,
        storage_bytes=settings.storage_bytes_per_person,
    )


def retention(settings: Settings) -> Retention:
    """How long backups are kept, for the receipts of deletions."""
    return Retention(
        settings.backup_retention_daily,
        settings.backup_retention_weekly,
        settings.backup_retention_monthly,
    )


def secret_key(settings: Settings) -> str:
    """The current JWT_SECRET, or the one made for this data directory."""
    return secret_keys(settings)[0]


def secret_keys(settings: Settings) -> list[str]:
    """Every secret whose tokens are accepted, the current one first."""
    if settings.jwt_secret is not None:
        return split_secrets(settings.jwt_secret.get_secret_value())
    return split_secrets(read_or_create_secret(settings.run_dir / "jwt-secret"))


def audit_key(settings: Settings) -> str:
    """AUDIT_KEY, or the one made for this data directory."""
    if settings.audit_key is not None:
        return settings.audit_key.get_secret_value()
    return read_or_create_secret(settings.run_dir / "audit-key")
