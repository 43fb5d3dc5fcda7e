"""The shipped compose files in a real engine: with RAG_TEST_CONTAINERS=1 and docker on PATH."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from tests.containers.stack import APPLIANCE_UID, FILES, HTTP_PORT, HTTPS_PORT, NAME, ROOT, Stack

collect_ignore_glob = [] if os.environ.get("RAG_TEST_CONTAINERS") else ["test_*.py"]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A built image, secrets and an empty place for backups; everything goes at the end."""
    folder = tmp_path_factory.mktemp("stack")
    backups = folder / "backups"
    backups.mkdir()
    os.chown(backups, APPLIANCE_UID, APPLIANCE_UID)
    env = {
        **os.environ,
        "COMPOSE_FILE": ":".join(FILES),
        "COMPOSE_PROJECT_NAME": "on-prem-rag-test",
        "SERVER_NAME": NAME,
        "SECRETS_DIR": str(folder / "secrets"),
        "BACKUP_PATH": str(backups),
        "HTTP_PORT": str(HTTP_PORT),
        "HTTPS_PORT": str(HTTPS_PORT),
        "RAG_IMAGE": "on-prem-rag:test",
        "STANDIN_DIR": str(ROOT),
    }
    found = Stack(folder, env)
    found.run("docker", "build", "--tag", env["RAG_IMAGE"], ".")
    found.run("scripts/secrets.sh", NAME, env["SECRETS_DIR"])
    try:
        found.compose("up", "--detach", "--wait")
        yield found
    finally:
        found.compose("logs", "--tail", "40")
        found.compose("--profile", "monitoring", "down", "--volumes")
