"""A support bundle holds nothing of what people wrote, named or kept secret."""

from __future__ import annotations

import json
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ollama_standin.server import ThreadedStandIn
from tests.server_process import ServerProcess, running_server

CANARIES = {
    "secret": "thunderous-marmalade-basilisk-0123456789-abcdef",
    "audit key": "gossamer-trombone-pilgrimage-0123456789-abcdef",
    "user": "quillfeather.brackenthwaite",
    "document": "vermilion-hovercraft-lease.md",
    "collection": "Umbrageous Zeppelins",
    "passage": "the cantankerous wombat of Dunmorrow",
    "question": "Who pays for the xylophone of Quillhaven?",
    "group": "Saltmarsh Lamplighters",
    "endpoint password": "heron-otter-glacier",
    "announcement": "The periwinkle ferry is late",
}
MEMBERS = {
    "README.txt",
    "about.json",
    "settings.json",
    "doctor.json",
    "schema.json",
    "snapshots.json",
    "log.jsonl",
    "health.json",
    "counts.json",
    "runtime.json",
    "metrics.txt",
}

pytestmark = pytest.mark.timeout(600)


def found_in(texts: dict[str, str]) -> set[tuple[str, str]]:
    """Which canaries stand in which text, whatever the case and JSON's escapes."""
    return {
        (name, canary)
        for name, text in texts.items()
        for canary, word in CANARIES.items()
        if word.lower() in text.lower() or json.dumps(word)[1:-1].lower() in text.lower()
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, built_model: Path) -> Iterator[ServerProcess]:
    """A server that was told every canary, at the most talkative level."""
    root = tmp_path_factory.mktemp("supported")
    with ThreadedStandIn() as model:
        place = model.url.partition("://")[2]
        settings = {
            "log_level": "DEBUG",
            "log_file": root / "rag.log",
            "jwt_secret": CANARIES["secret"],
            "audit_key": CANARIES["audit key"],
            "ollama_endpoint": f"http://rag:{CANARIES['endpoint password']}@{place}",
        }
        with running_server(root / "data", built_model, **settings) as running:
            use(running, root)
            yield running


def use(server: ServerProcess, root: Path) -> None:
    """Tell the server all there is to keep to itself, in things that work and that fail."""
    (root / CANARIES["document"]).write_text(f"# Lease\n\nHere lives {CANARIES['passage']}.\n")
    (root / "broken.pdf").write_bytes(b"%PDF-1.7\n" + CANARIES["passage"].encode())
    collection = CANARIES["collection"]
    commands = [
        ("users", "create", CANARIES["user"]),
        ("groups", "create", CANARIES["group"]),
        ("ingest", str(root / CANARIES["document"]), "-c", collection),
        ("ask", CANARIES["question"]),
        ("settings", "set", "announcement", json.dumps({"text": CANARIES["announcement"]})),
        ("backup", "create"),
    ]
    for arguments in commands:
        done = server.command(*arguments, stdin=f"{CANARIES['secret']}\n" * 2)
        assert done.returncode == 0, (arguments, done.stderr)
    server.command("ingest", str(root / "broken.pdf"), "-c", collection)
    with server.client() as client:
        client.post("conversations", json={"title": CANARIES["question"]})
        client.get("documents", params={"name": CANARIES["document"]})
    # A line as a library might write it one day, and one that is none.
    with (root / "rag.log").open("a") as log:
        log.write(json.dumps({"event": CANARIES["question"], "path": CANARIES["document"]}) + "\n")
        error = f"ValueError: {CANARIES['passage']}"
        log.write(
            json.dumps({"event": "failed", "exception": f'  File "x.py", line 1, in f\n{error}'})
        )
        log.write(f"\n{CANARIES['user']}\n")


@pytest.fixture(scope="module")
def bundle(server: ServerProcess) -> dict[str, str]:
    """The members by name."""
    target = server.data_dir.parent / "bundle.tar.gz"
    done = server.command("support", str(target))
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with tarfile.open(target) as archive:
        members = {entry.name: archive.extractfile(entry) for entry in archive}
        return {
            name.removeprefix("support/"): file.read().decode()
            for name, file in members.items()
            if file
        }


def test_nothing_confidential_is_in_it(bundle: dict[str, str]) -> None:
    assert set(bundle) == MEMBERS
    assert found_in(bundle) == set()


def test_the_search_would_find_it(server: ServerProcess) -> None:
    with server.client() as client:
        told = {
            "listed": "".join(
                client.get(path).text
                for path in ("users", "groups", "documents", "collections", "announcement")
            ),
            "log": (server.data_dir.parent / "rag.log").read_text(),
            "environment": json.dumps(server.env),
            "stored": json.dumps(
                client.post("search", json={"query": CANARIES["question"]}).json()
            ),
        }
    assert {canary for _, canary in found_in(told)} == set(CANARIES)


def test_it_says_what_helps(bundle: dict[str, str]) -> None:
    told = {name: json.loads(text) for name, text in bundle.items() if name.endswith(".json")}
    assert told["about.json"]["version"]
    assert told["settings.json"]["log_level"] == "DEBUG"
    assert told["settings.json"]["ollama_endpoint"].startswith("http://127.0.0.1:")
    assert {finding["level"] for finding in told["doctor.json"]} <= {"ok", "warning", "failed"}
    assert told["health.json"]["checks"]["database"]["status"] == "healthy"
    assert told["schema.json"]["current"] == told["schema.json"]["newest"]
    assert len(told["snapshots.json"]["snapshots"]) == 1
    assert told["counts.json"]["library"]["documents"] >= 1
    assert "http_requests_total" in bundle["metrics.txt"]
    lines = [json.loads(line) for line in bundle["log.jsonl"].splitlines()]
    assert any(line.get("endpoint") == "/api/v1/query" for line in lines), "requests are there"
    assert any(line.get("exception") == '  File "x.py", line 1, in f\nValueError' for line in lines)


def test_a_file_that_is_there_is_kept(server: ServerProcess, bundle: dict[str, str]) -> None:
    done = server.command("support", str(server.data_dir.parent / "bundle.tar.gz"))
    assert done.returncode == 1
    assert "is there already" in done.stderr
