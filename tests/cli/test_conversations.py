"""Conversations and moving documents from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Command
from tests.server_process import ServerProcess

pytestmark = pytest.mark.timeout(300)


def test_conversations_are_listed_shown_exported_and_deleted(
    command: Command, handbook: str, server: ServerProcess, tmp_path: Path
) -> None:
    with server.client() as client:
        made = client.post("conversations", json={"title": "About the pump"}).json()["id"]
        question = {"content": "What does the handbook say?"}
        asked = client.post(f"conversations/{made}/messages", json=question).json()
        client.get(asked["events_url"], timeout=60)
    assert made in command("conversations", "list").out
    assert command("conversations", "list", "--shared", "--json").json["items"] == []
    found = command("conversations", "list", "--search", "PUMP", "--json").json["items"]
    assert [item["id"] for item in found] == [made]
    assert "> What does the handbook say?" in command("conversations", "show", made).out
    assert len(command("conversations", "show", made, "--json").json) == 2
    file = tmp_path / "c.html"
    assert command("conversations", "export", made, "--format", "html", "-o", str(file)).code == 0
    assert file.read_text().startswith("<!DOCTYPE html>")
    assert json.loads(command("conversations", "export", made, "--format", "json").out)["entries"]
    assert command("conversations", "export", made, "--format", "docx").code == 1
    assert command("conversations", "delete", made, "--yes").out == "Deleted 'About the pump'.\n"
    assert command("conversations", "show", made).code == 3


def test_a_document_is_moved(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "moving.txt"
    file.write_text("What moves from one place to another.")
    assert command("ingest", str(file), "-c", "Here").code == 0
    assert command("collections", "create", "There").code == 0
    [found] = command("documents", "list", "-c", "Here", "--json").json["items"]
    moved = command("documents", "move", found["id"], "There")
    assert (moved.code, moved.out) == (0, "Moved 'moving.txt' to 'There'.\n")
    assert command("documents", "list", "-c", "Here", "--json").json["total"] == 0
    assert command("documents", "list", "-c", "There", "--json").json["total"] == 1
    assert command("documents", "move", found["id"], "Nowhere").code == 3
