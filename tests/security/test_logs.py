"""No question, password or token of a run is found in what the run logged."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from tests.ollama_standin.server import ThreadedStandIn
from tests.sample_files import write_sample_files
from tests.server_process import (
    ServerProcess,
    environment,
    run_command,
    running_server,
    wait_for,
)

QUESTION = "Is the vermilion xylophone of Quillhaven kept in the vaccine store?"
FOLLOW_UP = "And does the umbrageous zeppelin of Brackenfirth pay for it?"
WRONG_PASSWORD = "guessed-hippogriff-parsnip-71"
NEW_PASSWORD = "quarrelsome obelisk lantern 9042"
DATABASE_PASSWORD = "pelican-otter-glacier-5567"
JWT_SECRET = "thunderous-marmalade-basilisk-0123456789-abcdef"
BROKEN = b"%PDF-1.7\nthe cantankerous wombat of Dunmorrow"

pytestmark = pytest.mark.timeout(600)


@dataclass
class Run:
    """What a run was given in confidence, and where it wrote."""

    log_file: Path
    stderr: Path
    secrets: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, built_model: Path) -> Run:
    """A run at the most talkative level that meets every kind of confidence, and errors."""
    root = tmp_path_factory.mktemp("logged")
    write_sample_files(root / "files")
    (root / "files" / "broken.pdf").write_bytes(BROKEN)
    log_file = root / "logs" / "rag.log"
    settings = {"log_level": "DEBUG", "log_file": log_file, "jwt_secret": JWT_SECRET}
    with (
        ThreadedStandIn() as model,
        running_server(root / "data", built_model, ollama_endpoint=model.url, **settings) as server,
    ):
        made = Run(log_file, server.log_path)
        use(server, made.secrets, root / "files")
        model.script("error_line", "malformed_line", "server_error")
        ask(server)
        model.refuse()
        ask(server)
        assert server.stop() == 0
        model.accept()
    return made


def use(server: ServerProcess, secrets: dict[str, str], files: Path) -> None:
    """Sign in well and badly, take files in, ask everywhere a question can be asked."""
    secrets |= {"question": QUESTION, "follow-up": FOLLOW_UP, "jwt secret": JWT_SECRET}
    secrets |= {"wrong password": WRONG_PASSWORD, "new password": NEW_PASSWORD}
    secrets["operator's token"] = server.entry.token
    secrets["file content"] = "cantankerous wombat"
    assert server.command("ingest", str(files), "--everyone").returncode == 5
    with httpx.Client(
        base_url=f"{server.entry.url}/api/v1/", timeout=60, trust_env=False
    ) as client:
        sign_in(server, client, secrets)
        body = {"query": QUESTION}
        assert client.post("search", json=body).status_code == 200
        assert client.post("query", json=body).status_code == 200
        assert client.post("query", json={**body, "stream": True}).status_code == 200
        assert client.get("search", params=body).status_code == 405
        assert client.post("query", content=QUESTION.encode()).status_code == 422
        assert client.post("query", json={"query": QUESTION, "top_k": "many"}).status_code == 422
        talk(client)
        compatible = {"model": "on-prem-rag", "messages": [{"role": "user", "content": QUESTION}]}
        client.post(f"{server.entry.url}/v1/chat/completions", json=compatible)
    for command in ("ask", "search"):
        server.command(command, QUESTION)


def sign_in(server: ServerProcess, client: httpx.Client, secrets: dict[str, str]) -> None:
    """As the first admin, whose one-time password is replaced."""
    printed = r"not shown again: (\S+)"
    found = wait_for(lambda: re.search(printed, server.log), "the first password is printed")
    assert found is not None
    one_time = found.group(1)
    secrets["one-time password"] = one_time
    login = {"username": "admin", "password": WRONG_PASSWORD}
    assert client.post("auth/token", json=login).status_code == 401
    pair = client.post("auth/token", json={**login, "password": one_time}).json()
    keep(secrets, "first", pair)
    client.headers["Authorization"] = f"Bearer {pair['access_token']}"
    change = {"current_password": one_time, "new_password": NEW_PASSWORD}
    changed = client.post("auth/password", json=change)
    assert changed.status_code == 200, changed.text
    pair = changed.json()
    keep(secrets, "second", pair)
    client.headers["Authorization"] = f"Bearer {pair['access_token']}x"
    assert client.get("auth/me").status_code == 401
    client.headers["Authorization"] = f"Bearer {pair['access_token']}"


def keep(secrets: dict[str, str], which: str, pair: dict[str, str]) -> None:
    """Remember both tokens of a pair."""
    secrets[f"{which} access token"] = pair["access_token"]
    secrets[f"{which} refresh token"] = pair["refresh_token"]


def talk(client: httpx.Client) -> None:
    """Two turns of a conversation, followed to their ends."""
    conversation = client.post("conversations", json={}).json()["id"]
    for question in (QUESTION, FOLLOW_UP):
        path = f"conversations/{conversation}/messages"
        asked = client.post(path, json={"content": question}).json()
        assert "event: done" in client.get(client.base_url.join(asked["events_url"])).text


def ask(server: ServerProcess) -> None:
    """A question while the model fails."""
    with server.client() as client:
        for _ in range(2):
            client.post("query", json={"query": QUESTION})


def test_a_run_writes_a_log(run: Run) -> None:
    lines = [json.loads(line) for line in run.log_file.read_text().splitlines()]
    assert {"request", "answered", "login_failed"} <= {line["event"] for line in lines}
    answered = [line for line in lines if line["event"] == "answered"]
    assert all(re.fullmatch(r"[0-9a-f]{16}", line["question_hash"]) for line in answered)
    assert all({"latency_ms", "cache_hit", "user_id"} <= line.keys() for line in answered)


def test_the_log_file_holds_no_confidence(run: Run) -> None:
    assert leaks(run.log_file.read_text(), run.secrets) == []


def test_standard_error_holds_none_but_the_password_it_hands_out(run: Run) -> None:
    printed = run.stderr.read_text()
    one_time = run.secrets["one-time password"]
    assert printed.count(one_time) == 1
    others = {name: value for name, value in run.secrets.items() if value != one_time}
    assert leaks(printed, others) == []


def test_words_of_a_question_are_not_scattered_either(run: Run) -> None:
    written = (run.log_file.read_text() + run.stderr.read_text()).casefold()
    rare = ["vermilion", "xylophone", "quillhaven", "umbrageous", "zeppelin", "brackenfirth"]
    assert [word for word in rare if word in written] == []


def test_a_leak_would_be_seen(run: Run) -> None:
    for value in run.secrets.values():
        assert leaks(f"before {json.dumps(value)} after", run.secrets) != []


def test_a_database_password_is_not_told_when_the_database_is_away(tmp_path: Path) -> None:
    url = f"postgresql://rag:{DATABASE_PASSWORD}@127.0.0.1:9/ragdb"
    env = environment(tmp_path / "data", database_url=url, log_level="DEBUG")
    done = run_command("serve", env=env, cwd=tmp_path)
    assert done.returncode != 0
    assert "127.0.0.1" in done.stderr
    assert DATABASE_PASSWORD not in done.stdout + done.stderr


def leaks(text: str, secrets: dict[str, str]) -> list[str]:
    """Names of the secrets that stand in ``text``, as they are or as JSON would escape them."""
    return [
        name
        for name, value in secrets.items()
        if value in text or json.dumps(value)[1:-1] in text or value.split(".")[-1] in text
    ]
