"""Appliances that are backed up and restored in tests: what they hold, and copies of them."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from pathlib import Path

from sqlalchemy import create_engine, make_url, select, text

from on_prem_rag.bootstrap.parts import open_database
from on_prem_rag.config import Settings
from on_prem_rag.db.base import Base

CHANGED_BY_A_RESTORE = {
    "refresh_tokens",  # everyone is signed out
    "audit_events",  # which tells of the restore
    "audit_marks",
    "index_places",
    "erasures",
}


def holdings(settings: Settings) -> dict[str, object]:
    """Every row that a restore must bring back, and the hash of every original."""
    database = open_database(settings)
    found: dict[str, object] = {}
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name not in CHANGED_BY_A_RESTORE:
                columns = [column for column in table.c if column.name != "epoch"]
                rows = connection.execute(select(*columns)).all()
                found[table.name] = sorted(repr(tuple(row)) for row in rows)
    database.close()
    found["originals"] = originals_of(settings)
    return found


def originals_of(settings: Settings) -> dict[str, str]:
    """The SHA-256 of every original, by its name."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in settings.originals_dir.iterdir()
        if not path.name.startswith(".")
    }


def fingerprint(settings: Settings) -> str:
    """A hash of all rows and files but the indexes, which a running server goes on writing."""
    digest = hashlib.sha256(repr(sorted(holdings(settings).items())).encode())
    for path in sorted(settings.data_dir.rglob("*")):
        if path.is_file() and not {"index", "lock"} & set(path.parts) and "rag.db" not in path.name:
            digest.update(path.relative_to(settings.data_dir).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def copy_of(settings: Settings, folder: Path) -> Settings:
    """A second appliance with the same data, in a folder (and database) of its own."""
    shutil.copytree(settings.data_dir, folder / "data", symlinks=True)
    changes: dict[str, object] = {
        "data_dir": folder / "data",
        "backup_dir": folder / "backups",
    }
    if settings.database_url is not None:
        changes["database_url"] = new_database(settings, template=True)
    return Settings(**{**settings.model_dump(), **changes})


def empty_beside(settings: Settings, folder: Path) -> Settings:
    """A machine with nothing on it but the program and the backups of ``settings``."""
    changes: dict[str, object] = {"data_dir": folder / "empty"}
    if settings.database_url is not None:
        changes["database_url"] = new_database(settings, template=False)
    return Settings(**{**settings.model_dump(), **changes})


def new_database(settings: Settings, *, template: bool) -> str:
    """Another database of the same Postgres server, empty or a copy."""
    assert settings.database_url is not None
    url = make_url(settings.sqlalchemy_url)
    name = f"copy_{uuid.uuid4().hex[:12]}"
    engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        source = f'TEMPLATE "{url.database}"' if template else "TEMPLATE template0"
        connection.execute(text(f'CREATE DATABASE "{name}" {source}'))
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)
