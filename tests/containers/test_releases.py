"""From a bundle to a running server, to the next version under load, and back."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from tests.containers.stack import (
    NAME,
    ROOT,
    Stack,
    upload,
    wait_until_searchable,
    without_a_pause,
)

PEOPLE = 20
ROLLBACK_SECONDS = 300
HTTP_PORT, HTTPS_PORT = 28080, 28443

VERSION_STANDS_BEHIND = {
    "docker-compose.yml": ":-on-prem-rag:",
    "pyproject.toml": '\nversion = "',
    "uv.lock": 'name = "on-prem-rag"\nversion = "',
}

OLLAMA = """
FROM on-prem-rag:test
USER 0
COPY ollama_standin /standin/tests/ollama_standin
COPY --chmod=755 ollama /usr/local/bin/ollama
WORKDIR /standin
ENTRYPOINT ["python", "-m", "tests.ollama_standin"]
CMD ["--host", "0.0.0.0", "--token-delay", "0.02"]
"""
OLLAMA_COMMAND = """#!/bin/sh
exec python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:11434/api/tags')"
"""
MIGRATION = """
from alembic import op

revision, down_revision, EXPANDS = "9001", "{head}", True
branch_labels = depends_on = None


def upgrade():
    op.execute("CREATE TABLE added (id integer)")


def downgrade():
    op.execute("DROP TABLE added")
"""
NEXT = """
FROM on-prem-rag:test
COPY 9001_added.py /opt/on-prem-rag/lib/python3.13/site-packages/on_prem_rag/db/migrations/versions/
"""
BROKEN = """
COPY --chmod=755 broken /usr/local/bin/broken
ENTRYPOINT ["broken"]
CMD ["serve"]
"""
BROKEN_COMMAND = """#!/bin/sh
[ "$1" != serve ] || exit 1
exec on-prem-rag "$@"
"""
TWO_REPLICAS = """
services:
  rag-backend:
    deploy: { replicas: 2 }
    environment:
      RATE_LIMIT_REQUESTS_PER_MINUTE: "1000000"
      RATE_LIMIT_QUERIES_PER_MINUTE: "1000000"
      RATE_LIMIT_QUERIES_PER_DAY: "1000000"
"""


class Publisher:
    """Who makes bundles: a key, images of three versions, and a place for what is made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key, self.public = folder / "key.pem", folder / "key.pub"
        _run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-out", self.key)  # fmt: skip
        _run("openssl", "pkey", "-in", self.key, "-pubout", "-out", self.public)
        shutil.copytree(ROOT / "tests/ollama_standin", folder / "ollama_standin")
        (folder / "ollama").write_text(OLLAMA_COMMAND)
        (folder / "broken").write_text(BROKEN_COMMAND)
        self._build("ollama/ollama:0.33.1", OLLAMA)
        versions = sorted((ROOT / "src/on_prem_rag/db/migrations/versions").glob("0*.py"))
        head = versions[-1].name.partition("_")[0]
        (folder / "9001_added.py").write_text(MIGRATION.format(head=head))
        _run("docker", "tag", "on-prem-rag:test", "on-prem-rag:0.1.0")
        self._build("on-prem-rag:0.1.1", NEXT)
        self._build("on-prem-rag:0.1.2", NEXT + BROKEN)
        # Nothing of these runs here, but a bundle takes them along.
        there = _run("docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()
        wanted = _run("docker", "compose", "--profile", "*", "config", "--images").split()
        for image in set(wanted) - set(there):
            _run("docker", "tag", "nginx:1.26", image)

    def publish(self, version: str, base: Path | None = None) -> Path:
        """A signed bundle of this checkout, were it of that version."""
        tree = self.folder / version
        tree.mkdir()
        shutil.copytree(ROOT / "deploy", tree / "deploy")
        shutil.copytree(ROOT / "docs", tree / "docs")
        shutil.copytree(ROOT / "scripts", tree / "scripts")
        shutil.copytree(ROOT / "src/web", tree / "src/web", ignore=shutil.ignore_patterns("n*_*"))
        for name in (".env.example", "README.md", "docker-compose.override.yml"):
            shutil.copy(ROOT / name, tree / name)
        for name, before in VERSION_STANDS_BEHIND.items():
            told = (ROOT / name).read_text()
            assert told.count(f"{before}0.1.0") == 1
            (tree / name).write_text(told.replace(f"{before}0.1.0", f"{before}{version}"))
        options = ["--base", base] if base else []
        made = self.folder / "made"
        _run(tree / "scripts/bundle.sh", "--no-build", "--no-wheels", "--key", self.key, *options,
             made)  # fmt: skip
        (bundle,) = made.glob(f"on-prem-rag-{version}*.tar")
        return bundle

    def _build(self, image: str, dockerfile: str) -> None:
        _run("docker", "build", "--quiet", "--tag", image, "--file", "-", self.folder,
             given=dockerfile)  # fmt: skip


def _run(*command: str | Path, given: str | None = None) -> str:
    # The copied trees bring no uv of their own.
    path = f"{ROOT / '.uv-tool/bin'}:{os.environ['PATH']}"
    env = {**os.environ, "SERVER_NAME": NAME, "PATH": path}
    done = subprocess.run(
        command, cwd=ROOT, env=env, input=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture
def publisher(stack: Stack, tmp_path: Path) -> Publisher:
    """Whose bundles are of the image that the stack's fixture built."""
    assert stack.env["RAG_IMAGE"] == "on-prem-rag:test"
    return Publisher(tmp_path)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Stack]:
    """A server on which nothing is installed yet."""
    home = tmp_path / "home"
    env = {
        **os.environ,
        "COMPOSE_PROJECT_NAME": "on-prem-rag-installed",
        "HTTP_PORT": str(HTTP_PORT),
        "HTTPS_PORT": str(HTTPS_PORT),
        "FRONT_SUBNET": "198.18.75.0/24",
    }
    found = Stack(home, env, root=tmp_path, port=HTTPS_PORT)
    yield found
    if home.exists():
        Stack(home, env, root=home).compose("down", "--volumes", check=False)


@contextmanager
def _asking(server: Stack) -> Iterator[Counter[str]]:
    """Twenty people ask without a pause; how many answers were whole, and what else they got."""
    answered: Counter[str] = Counter()
    body = {"query": "What is the rent of the boathouse?", "stream": True}

    def ask(client: httpx.Client) -> None:
        try:
            with client.stream("POST", "/api/v1/query", json=body) as answer:
                text = answer.read().decode()
            whole = answer.status_code == httpx.codes.OK and "event: done" in text
            answered["whole" if whole else f"{answer.status_code}: {text[:200]}"] += 1
        except httpx.TransportError as error:
            answered[repr(error)] += 1
            time.sleep(0.1)

    with ExitStack() as held:
        clients = [held.enter_context(server.administrator()) for _ in range(PEOPLE)]
        with without_a_pause(ask, *clients):
            yield answered


def _schema(server: Stack) -> str:
    told = server.compose("exec", "-T", "rag-backend", "on-prem-rag", "migrate", "current")
    return told.stdout.split()[0]


def _install(server: Stack, publisher: Publisher, bundle: Path) -> Stack:
    """One command on an empty server; then it is refused what was tampered with, and runs again."""
    options = (
        "--name", NAME, "--key", str(publisher.public), "--home", str(server.folder), "--no-gpu",
    )  # fmt: skip
    command = (str(bundle.with_name("install.sh")), str(bundle), *options)
    size = bundle.stat().st_size
    with bundle.open("ab") as file:
        file.write(b"x")
    refused = server.run(*command, check=False)
    assert (refused.returncode, server.folder.exists()) == (3, False), "tampered with"
    assert "is not what was signed" in refused.stderr
    os.truncate(bundle, size)

    told = server.run(*command).stdout
    assert f"https://{NAME}:{HTTPS_PORT}" in told
    once = told.partition("is not shown again: ")[2].split()[0]
    (server.folder / "local.yml").write_text(TWO_REPLICAS)
    installed = Stack(server.folder, server.env, server.folder, HTTPS_PORT, once)
    with installed.administrator() as client:
        assert client.get("/api/v1/auth/me").json()["username"] == "admin"
    before = installed.containers()
    assert "as before" in server.run(*command).stdout
    assert installed.containers() == before, "nothing was made anew"
    return installed


@pytest.mark.timeout(2400)
def test_from_a_bundle_to_the_next_version_and_back(server: Stack, publisher: Publisher) -> None:
    first = publisher.publish("0.1.0")
    second, broken = (str(publisher.publish(version, first)) for version in ("0.1.1", "0.1.2"))
    installed = _install(server, publisher, first)
    settings = installed.folder / ".env"
    files = "COMPOSE_FILE=docker-compose.yml"
    settings.write_text(settings.read_text().replace(files, f"{files}:local.yml"))
    installed.compose("up", "--detach", "--wait")
    with installed.administrator() as client:
        wait_until_searchable(client, upload(client, "rent.txt", "The boathouse's rent is 47."))
    schema = _schema(installed)

    with _asking(installed) as answered:
        installed.run("scripts/upgrade.sh", second)
        assert (_schema(installed), _version(installed)) == ("9001", "0.1.1")
        refused = installed.run("scripts/upgrade.sh", broken, check=False)
        assert refused.returncode == 1
        assert "0.1.1 runs as before" in refused.stderr
        assert (_schema(installed), _version(installed)) == ("9001", "0.1.1")
        began = time.monotonic()
        installed.run("scripts/rollback.sh")
        assert time.monotonic() - began < ROLLBACK_SECONDS
        assert (_schema(installed), _version(installed)) == (schema, "0.1.0")
    assert set(answered) == {"whole"}, answered
    assert answered["whole"] > PEOPLE
    history = (installed.folder / "history.jsonl").read_text()
    assert history.count('"outcome":"done"') == 3
    assert "failed, rolled back" in history


def _version(server: Stack) -> str:
    """What the backends' image says, and the files."""
    told = {
        server.run("docker", "inspect", "--format", "{{.Config.Image}}", each).stdout.strip()
        for each in server.compose("ps", "--quiet", "rag-backend").stdout.split()
    }
    version = (server.folder / "VERSION").read_text().strip()
    assert told == {f"on-prem-rag:{version}"}
    return version
