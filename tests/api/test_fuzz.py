"""Made-up requests by the OpenAPI document: no 500, and every answer as documented.

All of schemathesis's checks but two, with stateful links, as everyone who may ask. Left out:
``allow_header_conformance``: a 405 names the methods of the first route at its address only.
``positive_data_acceptance``: a body may be what its schema says and still be refused for what no
schema can say: a wrong current password, one that is guessed too easily, a chat whose last message
is not the user's, a role that may hold no key.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.api.house import (
    OPERATOR_TOKEN,
    PASSWORD,
    House,
    make_settings,
    open_house,
    until_searchable,
    upload,
    working,
)
from tests.ollama_standin import ThreadedStandIn
from tests.server_process import give_model

FULL = bool(os.environ.get("RAG_TEST_FULL"))
EXAMPLES = 200 if FULL else 20
EXCLUDED = "allow_header_conformance,positive_data_acceptance"
ENDLESS = "/events$|/reindex$|/evaluations$"
"""Streams of nothing never end, and queued work is others' to test."""
UPLOADS = """
[[operations]]
include-name = "POST /api/v1/collections/{collection_id}/documents"
[operations.checks.negative_data_rejection]
enabled = false
"""
"""A form's fields have no types: what is meant as ``false`` arrives as a name, "false"."""
SIGNING_OUT = "/auth/logout|/auth/session"
"""Who signs out is nobody from then on; the operator, who has no sessions, calls these."""


@pytest.mark.slow
@pytest.mark.timeout(7200 if FULL else 600)
@pytest.mark.parametrize("who", ["anonymous", "member", "admin", "operator"])
def test_every_answer_is_as_documented(tmp_path: Path, built_model: Path, who: str) -> None:
    # A house of its own: made-up requests disable people and delete collections.
    with ThreadedStandIn() as ollama:
        settings = make_settings(tmp_path / "data", ollama_endpoint=ollama.url)
        # A token that outlives the run, as no setting allows.
        settings = settings.model_copy(update={"jwt_expiration": 7200})
        give_model(built_model, settings.data_dir)
        with open_house(settings) as house:
            fill(house)
            told = run(house, tmp_path, who)
    assert told.returncode == 0, told.stdout[max(told.stdout.find(" FAILURES "), 0) :][:12_000]
    assert "passed" in told.stdout


def fill(house: House) -> None:
    """A document, as there is no vector index before the first, and asking for it is a 503."""
    with working(house.appliance.settings), house.sign_in("ann") as ann:
        made = ann.post("/api/v1/collections", json={"name": "Papers"}).json()["id"]
        sent = upload(ann, made, "paper.txt", b"The harbour master keeps the tides.").json()
        assert until_searchable(ann, sent["document"]["id"])["searchable"]


def run(house: House, folder: Path, who: str) -> subprocess.CompletedProcess[str]:
    (folder / "schemathesis.toml").write_text(UPLOADS)
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{house.url}/openapi.json",
            *credentials(house, who),
            *("--phases", "examples,coverage,fuzzing,stateful"),
            *("--max-examples", str(EXAMPLES)),
            *("--exclude-path-regex", ENDLESS if who == "operator" else f"{ENDLESS}|{SIGNING_OUT}"),
            *("--checks", "all", "--exclude-checks", EXCLUDED),
            *("--suppress-health-check", "all"),
            *("--seed", "1", "--generation-database", "none", "--no-color"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )


def credentials(house: House, who: str) -> list[str]:
    """The option that names the caller; none for nobody."""
    if who == "anonymous":
        return []
    if who == "operator":
        return ["--header", f"Authorization: Bearer {OPERATOR_TOKEN}"]
    house.add_person(f"{who}-{who}", who)
    pair = house.appliance.auth.login(f"{who}-{who}", PASSWORD, address="test")
    return ["--header", f"Authorization: Bearer {pair.access_token}"]
