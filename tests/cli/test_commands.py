"""What each command does and prints, for people and for scripts."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from tests.cli.conftest import Command
from tests.sample_files import FACTS
from tests.server_process import COMMAND, ServerProcess, environment, give_model, wait_for

from on_prem_rag.db import migrate

pytestmark = pytest.mark.timeout(300)


def test_collections_are_made_shared_listed_and_deleted(command: Command) -> None:
    made = command("collections", "create", "Contracts", "--description", "Leases", "--json")
    assert made.code == 0
    assert made.json["name"] == "Contracts"
    assert command("users", "create", "clerk").code == 0
    granted = command("collections", "grant", "Contracts", "clerk", "reader")
    assert (granted.code, granted.out) == (0, "clerk is reader of 'Contracts'.\n")
    listed = command("collections", "list", "--json").json
    assert made.json["id"] in {item["id"] for item in listed}
    assert "Contracts" in command("collections", "list").out
    assert command("collections", "delete", "contracts", "--yes").code == 0
    assert made.json["id"] not in command("collections", "list").out


def test_nothing_is_deleted_without_a_yes(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("collections", "create", "Kept")
    monkeypatch.setattr("builtins.input", lambda *_: "n")
    assert command("collections", "delete", "Kept").code != 0
    assert "Kept" in command("collections", "list").out


def test_people_are_made_disabled_enabled_and_reset(command: Command) -> None:
    made = command("users", "create", "Dana", "--role", "admin")
    assert made.code == 0
    password = made.out.strip()
    assert re.fullmatch(r"\S{12,}", password), "the password alone stands on standard output"
    assert password not in made.err
    assert command("users", "disable", "dana").code == 0
    listed = {user["username"]: user for user in command("users", "list", "--json").json}
    assert (listed["dana"]["role"], listed["dana"]["disabled"]) == ("admin", True)
    assert command("users", "enable", "dana").code == 0
    again = command("users", "reset", "dana")
    assert again.code == 0
    assert again.out.strip() != password
    assert "dana" in command("users", "list").out
    assert command("users", "create", "dana").code == 1


def test_people_change_roles_and_are_deleted(command: Command) -> None:
    command("users", "create", "Edda")
    assert command("users", "role", "edda", "auditor").code == 0
    listed = {user["username"]: user for user in command("users", "list", "--json").json}
    assert listed["edda"]["role"] == "auditor"
    assert command("users", "role", "edda", "king").code != 0
    assert command("users", "delete", "edda", "--heir", "nobody", "--yes").code == 3
    assert command("users", "delete", "edda", "--yes").code == 0
    assert command("users", "delete", "edda", "--yes").code == 3


def test_groups_hold_rights_together(command: Command) -> None:
    command("users", "create", "finn")
    assert command("groups", "create", "Legal Team").code == 0
    assert command("groups", "add", "legal team", "finn").code == 0
    [member] = command("groups", "members", "Legal Team", "--json").json
    assert member["username"] == "finn"
    assert "finn" in command("groups", "members", "legal team").out
    assert command("groups", "rename", "legal team", "counsel").code == 0
    [group] = [g for g in command("groups", "list", "--json").json if g["name"] == "counsel"]
    assert group["member_count"] == 1
    command("collections", "create", "Rulings")
    given = command("collections", "grant", "Rulings", "Counsel", "reader", "--group")
    assert given.code == 0, given.err
    assert command("collections", "grant", "Rulings", "counsel", "reader").code == 3
    assert "counsel" in command("users", "list").out
    assert command("groups", "remove", "counsel", "finn").code == 0
    assert command("groups", "members", "counsel", "--json").json == []
    assert command("groups", "delete", "counsel", "--yes").code == 0
    assert command("groups", "add", "counsel", "finn").code == 3
    assert "counsel" not in command("groups", "list").out


def test_limits_are_set_listed_and_cleared(command: Command) -> None:
    assert command("users", "create", "lena").code == 0
    assert command("limits", "set", "--user", "lena", "--queries-per-day", "7").code == 0
    assert command("limits", "set", "--user", "lena", "--storage-bytes", "0").code == 0
    listed = command("limits", "list", "--json").json
    [lena] = [item for item in listed["items"] if item["name"] == "lena"]
    assert (lena["limits"]["queries_per_day"], lena["limits"]["storage_bytes"]) == (7, 0)
    assert lena["limits"]["requests_per_minute"] is None
    assert listed["defaults"]["queries_per_day"] == 1000
    shown = command("limits", "list").out
    assert "default" in shown
    assert "lena" in shown
    assert command("limits", "clear", "--user", "lena").code == 0
    assert "lena" not in command("limits", "list").out
    command("groups", "create", "lenas")
    assert command("limits", "set", "--group", "lenas", "--requests-per-minute", "9").code == 0
    assert "lenas" in command("limits", "list").out
    assert command("limits", "set", "--group", "lenas").code != 0, "no limit is named"
    assert command("limits", "clear").code != 0, "nobody is named"
    assert command("limits", "clear", "--user", "nobody").code == 3
    assert command("limits", "clear", "--key", "none").code == 3


def test_a_program_gets_a_key_and_uses_it(
    command: Command, server: ServerProcess, tmp_path: Path
) -> None:
    assert command("service-accounts", "create", "Intranet").code == 0
    assert command("keys", "create", "mine", "--scope", "read").code == 1, "the operator has none"
    made = command(
        "keys", "create", "page", "--scope", "read", "--scope", "ask", "--account", "intranet"
    )
    assert made.code == 0, made.err
    key = made.out.strip()
    assert key.startswith("ork_")
    assert key not in made.err
    token = tmp_path / "key"
    token.write_text(key)
    remote = ("--url", server.entry.url, "--token-file", str(token))
    assert command("collections", "list", "--json", *remote).json == []
    assert command("users", "list", *remote).code == 3
    [listed] = command("keys", "list", "--all", "--json").json
    assert (listed["username"], listed["scopes"]) == ("intranet", ["ask", "read"])
    assert "page" in command("keys", "list", "--all").out
    assert command("service-accounts", "disable", "intranet").code == 0
    assert command("collections", "list", *remote).code == 3
    assert command("service-accounts", "enable", "intranet").code == 0
    assert command("collections", "list", *remote).code == 0
    assert command("keys", "revoke", listed["id"]).code == 0
    assert command("collections", "list", *remote).code == 3
    assert "intranet" in command("service-accounts", "list").out
    assert command("service-accounts", "delete", "intranet", "--yes").code == 0
    assert command("service-accounts", "list", "--json").json == []


def test_documents_are_listed_and_shown(command: Command, handbook: str) -> None:
    listed = command("documents", "list", "-c", handbook, "--json").json
    assert listed["total"] == len(FACTS)
    table = command("documents", "list", "-c", handbook).out
    assert all(fact.file_name in table for fact in FACTS)
    assert f"{len(FACTS)} of {len(FACTS)}" in table
    assert "ready" in table
    shown = command("documents", "show", listed["items"][0]["id"]).json
    assert shown["versions"][0]["status"] == "ready"
    assert (
        command("documents", "list", "--status", "failed", "-c", handbook, "--json").json["total"]
        == 0
    )


def test_a_document_that_failed_says_why_and_is_tried_again(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "torn.pdf").write_bytes(b"%PDF-1.7\ntorn in two")
    done = command("ingest", str(tmp_path / "torn.pdf"), "-c", "Torn", "--json")
    assert done.code == 1
    reason = done.json["failures"][0]["message"]
    listed = command("documents", "list", "-c", "Torn").out
    assert reason.split(".")[0] in " ".join(listed.split())
    found = command("documents", "list", "-c", "Torn", "--json").json["items"][0]
    again = command("documents", "retry", found["id"])
    assert again.code == 1
    assert reason in again.err
    assert command("documents", "delete", found["id"], "--yes").code == 0


def test_ingest_takes_folders_but_nothing_hidden(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    (folder / "deep" / ".git").mkdir(parents=True)
    (folder / "deep" / "note.txt").write_text("The spare key hangs in the boiler room.")
    (folder / "deep" / ".git" / "config").write_text("hidden")
    (folder / ".hidden.txt").write_text("hidden")
    (folder / "link.txt").symlink_to(folder / "deep" / "note.txt")
    done = command("ingest", str(folder), "-c", "Tree", "--json")
    assert done.code == 0
    assert (done.json["created"], done.json["succeeded"]) == (1, 1)
    listed = command("documents", "list", "-c", "Tree", "--json").json["items"]
    assert [item["name"] for item in listed] == ["deep/note.txt"]
    again = command("ingest", str(folder), "-c", "Tree")
    assert "0 new, 0 replaced, 1 unchanged, 0 failed" in again.out


def test_an_empty_folder_is_an_error(command: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = command("ingest", str(tmp_path / "empty"))
    assert done.code == 1
    assert "no files" in done.err


def test_search_shows_the_scores_that_ranked_the_passages(command: Command, handbook: str) -> None:
    found = command("search", FACTS[-1].question, "-c", handbook, "--top-k", "3", "--json").json
    best = found["passages"][0]
    assert best["document_name"] == FACTS[-1].file_name
    assert best["dense_score"] is not None
    assert best["lexical_score"] is not None
    assert 0 < best["score"] <= 1
    assert len(found["passages"]) <= 3
    table = command("search", FACTS[-1].question, "-c", handbook).out
    for heading in ("fused", "dense", "lexical", FACTS[-1].file_name, "page"):
        assert heading in table


def test_search_is_bounded_by_type_and_strategy(command: Command, handbook: str) -> None:
    arguments = ["search", "notice period", "-c", handbook, "--json"]
    only = command(*arguments, "--type", "application/pdf", "--strategy", "lexical").json
    assert {p["document_name"] for p in only["passages"]} == {"lease.pdf"}
    assert all(p["dense_score"] is None for p in only["passages"])
    assert command(*arguments, "--date-to", "1990-01-01").json["passages"] == []


def test_ask_streams_an_answer_and_its_sources(command: Command, handbook: str) -> None:
    done = command("ask", FACTS[-1].question, "-c", handbook)
    assert done.code == 0
    assert FACTS[-1].answer in done.out
    assert re.search(r"\[1\] lease\.pdf, pages? 1(-2)?, box on page", done.out)


def test_ask_gives_scripts_the_whole_answer(command: Command, handbook: str) -> None:
    answer = command("ask", FACTS[-1].question, "-c", handbook, "--json").json
    assert answer["mode"] == "generated"
    assert answer["citations"]
    assert answer["support"]


def test_models_show_what_answers_and_what_embeds(command: Command, handbook: str) -> None:
    found = command("models", "--json").json
    assert found["reachable"]
    assert found["default_model"] in {model["name"] for model in found["chat"]}
    assert [e["name"] for e in found["embeddings"] if e["serving"]] == ["all-MiniLM-L6-v2"]
    table = command("models").out
    assert "mistral:7b" in table
    assert "serving" in table


def test_reindex_with_nothing_missing_ends_at_once(command: Command, handbook: str) -> None:
    done = command("reindex", "--json")
    assert done.code == 0
    assert done.json["result"] == {"chunks": 0, "model": "all-MiniLM-L6-v2"}


def test_doctor_looks_at_machine_and_server(command: Command) -> None:
    done = command("doctor", "--json")
    assert done.code == 0, done.out
    findings = {finding["subject"]: finding for finding in done.json}
    here = {"settings", "secrets", "python", "tesseract", "clock", "port", "data directory"}
    there = {"database", "ollama", "model", "gpu", "index", "check", "backup", "restore drill"}
    assert here | there <= findings.keys()
    assert {findings[name]["level"] for name in ("database", "model", "index")} == {"ok"}
    assert findings["backup"]["advice"].startswith("scripts/backup.sh")
    lines = command("doctor").out.splitlines()
    assert len(lines) == len(done.json)
    assert {line.split()[0] for line in lines} <= {"ok", "warning", "failed"}


def test_doctor_fails_when_a_secret_is_open_to_others(command: Command, tmp_path: Path) -> None:
    secret = tmp_path / "jwt"
    secret.write_text("s" * 48)
    secret.chmod(0o644)
    (tmp_path / ".env").write_text(f"JWT_SECRET_FILE={secret}\nOLAMA_ENDPOINT=http://x\n")
    done = command("doctor", "--offline", "--json")
    assert done.code == 1
    found = [f for f in done.json if f["subject"] == "permissions" and f["level"] == "failed"]
    assert [f["advice"] for f in found] == [f"chmod o= {secret}"]
    assert any("did you mean OLLAMA_ENDPOINT" in finding["message"] for finding in done.json)
    secret.chmod(0o400)
    assert command("doctor", "--offline").code == 0


def test_doctor_alone_starts_nothing(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", "nowhere")
    done = command("doctor", "--offline", "--json")
    assert done.code == 0
    assert "database" not in {finding["subject"] for finding in done.json}
    assert not Path("nowhere").exists()


def test_migrate_goes_up_and_down(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", "schema")
    head = migrate.head_revision()
    assert command("migrate", "current").out == f"empty (newest: {head})\n"
    assert command("migrate", "upgrade").out == f"The schema is at {head}.\n"
    assert command("migrate", "current").out == f"{head} (newest: {head})\n"
    assert command("migrate", "downgrade", "base").out == "The schema is at empty.\n"


def test_a_worker_ends_with_its_parent(tmp_path: Path, built_model: Path) -> None:
    give_model(built_model, tmp_path / "data")
    running = subprocess.Popen(
        [*COMMAND, "worker", "--child"],
        env=environment(tmp_path / "data"),
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_for((tmp_path / "data" / "rag.db").exists, "it has opened its database")
    _, err = running.communicate(timeout=60)  # closes its standard input first
    assert running.returncode == 0, err


def test_the_server_file_is_its_owners_alone_and_goes_with_the_server(
    server: ServerProcess, tmp_path: Path, built_model: Path
) -> None:
    path = server.data_dir / "run" / "server.json"
    assert path.stat().st_mode & 0o077 == 0
    assert json.loads(path.read_text())["url"] == server.entry.url
    give_model(built_model, tmp_path / "data")
    other = ServerProcess(tmp_path / "data", worker_processes=0)
    try:
        other.start()
        assert other.stop() == 0
        assert not (tmp_path / "data" / "run" / "server.json").exists()
    finally:
        other.end()
