"""The audit log on the command line."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from tests.cli.conftest import Command
from tests.server_process import ServerProcess


def test_what_commands_do_is_listed_and_exported(command: Command, tmp_path: Path) -> None:
    made = command("collections", "create", "Of the audit")
    assert made.code == 0, made.err
    event = "collection:create"
    listed = command("audit", "list", "--event", event, "--actor", "operator", "--json")
    assert [e["action"] for e in listed.json][:1] == ["create"]
    assert event in command("audit", "list").out
    lines = command("audit", "export", "--event", event).out.splitlines()
    assert json.loads(lines[-1])["number"] == listed.json[0]["number"]
    table = tmp_path / "audit.csv"
    assert command("audit", "export", "--format", "csv", "-o", str(table)).code == 0
    assert table.read_text().startswith("number,time,actor_id")


def test_an_anchor_is_checked(command: Command, tmp_path: Path) -> None:
    anchor = tmp_path / "head.json"
    assert command("audit", "anchor", str(anchor)).code == 0
    assert command("audit", "verify", "--anchor", str(anchor)).out.startswith("Intact")
    forged = json.loads(anchor.read_text()) | {"hash": "f" * 64}
    anchor.write_text(json.dumps(forged))
    told = command("audit", "verify", "--anchor", str(anchor))
    assert told.code == 6
    assert told.out.startswith(f"Tampered with: event {forged['number']} ")
    anchor.write_text("not one")
    assert command("audit", "verify", "--anchor", str(anchor)).code == 1


def test_a_tampering_has_its_own_exit_code(command: Command, server: ServerProcess) -> None:
    assert command("collections", "create", "Something to record").code == 0
    connection = sqlite3.connect(server.data_dir / "rag.db", timeout=30)
    (kept,) = connection.execute("SELECT outcome FROM audit_events WHERE number = 1").fetchone()
    change = "UPDATE audit_events SET outcome = ? WHERE number = 1"
    with connection:
        connection.execute(change, ("failure",))
    told = command("audit", "verify", "--json")
    with connection:
        connection.execute(change, (kept,))
    connection.close()
    assert told.code == 6
    assert told.json["broken"] == {"number": 1, "kind": "changed"}
    assert command("audit", "verify").code == 0


def test_old_events_are_dropped(command: Command) -> None:
    dropped = command("audit", "prune", "--older-than-days", "30")
    assert dropped.out == "0 events were dropped.\n"


def test_a_deletion_is_listed_and_proved(command: Command, server: ServerProcess) -> None:
    assert command("collections", "create", "Soon gone").code == 0
    gone = command("collections", "delete", "Soon gone", "--yes")
    assert gone.code == 0, gone.err
    receipt = gone.err.split("Receipt: ")[1].split()[0]
    [listed] = [r for r in command("audit", "receipts", "--json").json if r["id"] == receipt]
    assert (listed["kind"], listed["counts"]["documents"]) == ("collection", 0)
    assert receipt in command("audit", "receipts").out
    told = command("audit", "prove", receipt)
    assert (told.code, told.out.splitlines()[0]) == (0, "sql: empty, searched for 0.")
    # Somebody puts a row back that the receipt says is gone: the control.
    with sqlite3.connect(server.data_dir / "rag.db") as database:
        conversation = "11111111-1111-4111-8111-111111111111"
        packed = bytes.fromhex(conversation.replace("-", ""))
        database.execute("UPDATE receipts SET conversations = ? WHERE id = ?", (packed, receipt))
        database.execute(
            "INSERT INTO conversations (id, owner_id, title, created_at, updated_at)"
            " VALUES (?, 'x', '', '2026-01-01', '2026-01-01')",
            (conversation,),
        )
    database.close()
    told = command("audit", "prove", receipt)
    assert (told.code, told.out.splitlines()[0]) == (7, "sql: 1 still there, searched for 1.")
