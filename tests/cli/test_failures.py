"""Failures are told in words with what to do, and by exit codes a script can act on."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from tests.cli.conftest import Command
from tests.server_process import COMMAND, ServerProcess, environment, run_command, wait_for

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def token_file(tmp_path: Path, server: ServerProcess) -> Path:
    """The operator's token, as a person would keep one of a remote server."""
    path = tmp_path / "token"
    path.write_text(server.entry.token + "\n")
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ["documents", "show", "no-such-document"],
        ["documents", "delete", "no-such-document", "--yes"],
        ["documents", "retry", "no-such-document"],
        ["collections", "delete", "No Such Collection", "--yes"],
        ["search", "anything", "-c", "No Such Collection"],
        ["ask", "anything", "-c", "No Such Collection"],
        ["users", "disable", "nobody-of-this-name"],
    ],
    ids=" ".join,
)
def test_what_is_not_there_ends_with_3(arguments: list[str], command: Command) -> None:
    done = command(*arguments)
    assert done.code == 3
    assert done.err.startswith("Error: There is no ")
    assert len(done.err.splitlines()) == 2, "the second line says what to do"


def test_a_server_that_does_not_answer_ends_with_4(command: Command, token_file: Path) -> None:
    away = ["--url", "http://127.0.0.1:9", "--token-file", str(token_file)]
    done = command("collections", "list", *away)
    assert done.code == 4
    assert "did not answer" in done.err
    assert "serve" in done.err


def test_a_remote_server_needs_a_token(command: Command) -> None:
    assert command("collections", "list", "--url", "http://127.0.0.1:9").code == 4


def test_a_remote_server_is_used_by_its_address(
    command: Command, server: ServerProcess, token_file: Path
) -> None:
    remote = ["--url", server.entry.url, "--token-file", str(token_file), "--json"]
    assert command("collections", "list", *remote).code == 0


def test_a_token_that_is_not_valid_ends_with_3(
    command: Command, server: ServerProcess, tmp_path: Path
) -> None:
    (tmp_path / "bad").write_text("not-a-token")
    remote = ["--url", server.entry.url, "--token-file", str(tmp_path / "bad")]
    done = command("collections", "list", *remote)
    assert done.code == 3
    assert "not-a-token" not in done.err


def test_a_setting_that_makes_no_sense_ends_with_1_and_is_named(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUM_CTX", "a lot")
    done = command("models")
    assert done.code == 1
    assert "NUM_CTX" in done.err
    assert "a lot" not in done.err


def test_a_misspelt_setting_is_reported_and_the_rest_works(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUM_PREDICTS", "7")
    done = command("models")
    assert done.code == 0
    assert "did you mean NUM_PREDICT?" in done.err


def test_a_database_that_is_away_ends_with_4(tmp_path: Path) -> None:
    url = "postgresql://rag:hidden@127.0.0.1:9/ragdb"
    env = environment(tmp_path / "data", database_url=url)
    for arguments in (["serve"], ["migrate", "current"], ["collections", "list"]):
        done = run_command(*arguments, env=env, cwd=tmp_path)
        assert done.returncode == 4, done.stderr
        assert "The database cannot be opened" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_data_directory_that_cannot_be_made_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run_command("serve", env=environment(tmp_path / "file" / "data"), cwd=tmp_path)
    assert done.returncode == 1
    assert str(tmp_path / "file") in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_that_is_taken_ends_with_1(tmp_path: Path, server: ServerProcess) -> None:
    port = server.entry.url.rpartition(":")[2]
    done = run_command("serve", "--port", port, env=environment(tmp_path / "data"), cwd=tmp_path)
    assert done.returncode == 1
    assert f"port {port}" in done.stderr


def test_an_interrupted_ingest_ends_with_130_and_keeps_what_was_sent(
    server: ServerProcess, tmp_path: Path
) -> None:
    for number in range(60):
        text = "\n\n".join(f"Note {number}, part {part}, of the ledger." for part in range(400))
        (tmp_path / f"{number:02d}.txt").write_text(text)
    arguments = ["ingest", str(tmp_path), "-c", "Interrupted", "--json"]
    running = subprocess.Popen(
        [*COMMAND, *arguments],
        env=server.env,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: document_count(server, "Interrupted") > 2, "some are uploaded")
    os.kill(running.pid, signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert "Traceback" not in err
    kept = document_count(server, "Interrupted")
    with server.client() as client:
        made = next(
            c for c in client.get("collections").json()["items"] if c["name"] == "Interrupted"
        )
        client.delete(f"collections/{made['id']}").raise_for_status()
    assert 2 < kept <= 60


def document_count(server: ServerProcess, name: str) -> int:
    """Documents in a collection, 0 while there is none."""
    with server.client() as client:
        items = client.get("collections").json()["items"]
    return sum(item["document_count"] for item in items if item["name"] == name)
