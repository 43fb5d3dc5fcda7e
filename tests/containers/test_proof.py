"""What an administrator runs inside: the proof of the air gap, the doctor, the support bundle."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile

from tests.containers.stack import ROOT, Stack

BACKEND = ("exec", "--no-TTY", "rag-backend", "on-prem-rag")


def test_the_proof_of_the_air_gap_holds_in_the_backend(stack: Stack) -> None:
    told = json.loads(stack.compose(*BACKEND, "doctor", "--airgap", "--json").stdout)
    assert told["passed"], told
    assert told["attempts_recorded"] == 0
    assert told["steps"][3]["detail"].startswith("generated")
    assert told["positive_control"]["counted"]
    assert not any("via" in route for route in told["routes"]), "no gateway leads out"


def test_the_doctor_finds_nothing_failed(stack: Stack) -> None:
    found = json.loads(stack.compose(*BACKEND, "doctor", "--json").stdout)
    levels = {each["subject"]: each["level"] for each in found}
    assert "failed" not in levels.values()
    assert {levels[name] for name in ("database", "schema", "converters", "model")} == {"ok"}


def test_a_support_bundle_comes_out(stack: Stack) -> None:
    command = ["docker", "compose", *BACKEND, "support", "-"]
    done = subprocess.run(command, cwd=ROOT, env=dict(stack.env), capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        assert {"support/health.json", "support/metrics.txt"} <= set(archive.getnames())
