"""A server of the session, and commands run against it in this process."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from tests.ollama_standin.server import ThreadedStandIn
from tests.sample_files import write_sample_files
from tests.server_process import ServerProcess, environment, running_server

from on_prem_rag.cli.main import main


@dataclass(frozen=True)
class Outcome:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the JSON it has to be."""
        return json.loads(self.out)


Command = Callable[..., Outcome]


@pytest.fixture(scope="session")
def model() -> Iterator[ThreadedStandIn]:
    """An Ollama for the session's server."""
    with ThreadedStandIn() as standin:
        yield standin


@pytest.fixture(scope="session")
def server(
    tmp_path_factory: pytest.TempPathFactory, built_model: Path, model: ThreadedStandIn
) -> Iterator[ServerProcess]:
    """A server whose data directory every command of these tests shares."""
    directory = tmp_path_factory.mktemp("cli") / "data"
    with running_server(directory, built_model, ollama_endpoint=model.url) as running:
        yield running


@pytest.fixture
def command(
    server: ServerProcess,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Command]:
    """Runs ``on-prem-rag`` in this process as it would run in its own, beside the server."""
    for name, value in environment(server.data_dir, **server.settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["on-prem-rag", *arguments])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        printed = capsys.readouterr()
        return Outcome(code, printed.out, printed.err)

    yield run
    # The command's log went to this test's captured standard error.
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(handler)


@pytest.fixture(scope="session")
def handbook(server: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a collection of sample files."""
    folder = tmp_path_factory.mktemp("handbook")
    write_sample_files(folder)
    done = server.command("ingest", str(folder), "-c", "Handbook", "--json")
    assert done.returncode == 0, done.stderr
    return "Handbook"
