"""The log's level set at run time reaches the server and its worker, and is audited."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.server_process import running_server, wait_for


def test_server_and_worker_follow(tmp_path: Path, built_model: Path) -> None:
    log = tmp_path / "rag.log"

    def lines(**wanted: Any) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in log.read_text().splitlines()]
        return [line for line in found if wanted.items() <= line.items()]

    with running_server(tmp_path / "data", built_model, log_file=log, log_level="ERROR") as server:
        with server.client() as client:
            client.get("collections")
            assert server.command("settings", "set", "log_level", "INFO").returncode == 0
            changed = {"event": "log_level_changed"}
            wait_for(lambda: len(lines(**changed, wanted="INFO")) == 2, "server and worker follow")
            client.get("collections")
            wait_for(lambda: lines(endpoint="/api/v1/collections"), "the request is logged")
            assert server.command("settings", "reset", "log_level").returncode == 0
            wait_for(lambda: len(lines(**changed, wanted="ERROR")) == 2, "both follow back")
            client.get("collections")
        refused = server.command("settings", "set", "log_level", "LOUD")
        assert (refused.returncode, "log_level" in refused.stderr) == (1, True)
        audited = server.command("audit", "list", "--event", "setting:change", "--json")
        assert [entry["details"] for entry in json.loads(audited.stdout)] == [
            {"name": "log_level", "value": None},
            {"name": "log_level", "value": "INFO"},
        ]
    # The server has ended, so that no line is still to come.
    assert len(lines(endpoint="/api/v1/collections")) == 1, "neither the one before nor after"
