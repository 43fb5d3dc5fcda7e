"""The appliance as containers, from the shipped compose files."""

from __future__ import annotations

import ssl
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
NAME = "rag.example.internal"
FILES = ("docker-compose.yml", "docker-compose.override.yml", "tests/containers/stack.yml")
HTTP_PORT, HTTPS_PORT = 18080, 18443
APPLIANCE_UID = 10001


@dataclass(frozen=True)
class Stack:
    """The appliance's containers, driven from the repository's root."""

    folder: Path
    env: Mapping[str, str]

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command with this stack's settings; prints what went wrong."""
        done = subprocess.run(
            command, cwd=ROOT, env=dict(self.env), capture_output=True, text=True, check=False
        )
        # pytest shows it when the test fails.
        sys.stderr.write(f"{done.stdout[-3000:]}{done.stderr[-3000:]}")
        if check:
            done.check_returncode()
        return done

    def compose(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run docker compose on the shipped files."""
        return self.run("docker", "compose", *arguments, check=check)

    def containers(self) -> dict[str, str]:
        """Ids of the running containers by their services."""
        shown = self.compose("ps", "--format", "{{.Service}} {{.ID}}").stdout
        return dict(line.split() for line in shown.splitlines())

    def trust(self) -> ssl.SSLContext:
        """The private authority, and no other."""
        return ssl.create_default_context(cafile=self.folder / "secrets" / "ca.pem")

    def client(self, token: str = "") -> httpx.Client:
        """A client of the proxy, which trusts the private authority alone."""

        def name_it(request: httpx.Request) -> None:
            request.extensions["sni_hostname"] = NAME

        headers = {"Host": NAME} | ({"Authorization": f"Bearer {token}"} if token else {})
        return httpx.Client(
            base_url=f"https://127.0.0.1:{HTTPS_PORT}",
            verify=self.trust(),
            headers=headers,
            event_hooks={"request": [name_it]},
            timeout=60,
            trust_env=False,
        )

    def first_password(self) -> str:
        """The administrator's one-time password, as the log shows it."""
        log = self.compose("logs", "--no-log-prefix", "rag-backend").stdout
        return log.partition("not shown again: ")[2].split()[0]
