"""The real ``on-prem-rag serve`` in a process group of its own, to be used, stopped and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from on_prem_rag.cli.server_file import ServerFile, find_server_file
from on_prem_rag.llm.minilm import MiniLMEmbedder

__all__ = ["built_model"]

NO_OLLAMA = "http://127.0.0.1:9"
"""The discard port: nothing listens there."""
START_SECONDS = 120.0
"""Patience of the tests on a busy machine, not a target."""

T = TypeVar("T")


@pytest.fixture(scope="session")
def built_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled model's graph, built once for every data directory of the session."""
    directory = tmp_path_factory.mktemp("models")
    MiniLMEmbedder(directory, threads=1).close()
    return next(directory.glob("*.onnx"))


def give_model(built_model: Path, data_dir: Path) -> None:
    """Put the built graph into a data directory, where it would be built otherwise."""
    models = data_dir / "models"
    models.mkdir(parents=True, exist_ok=True)
    target = models / built_model.name
    if not target.exists():
        target.hardlink_to(built_model)


def wait_for(condition: Callable[[], T], what: str, seconds: float = START_SECONDS) -> T:
    """Ask until ``condition`` is true and return what it said; fails with ``what`` at the end."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.05)
    return found


def environment(data_dir: Path, **settings: Any) -> dict[str, str]:
    """Variables for a command on ``data_dir``: this process's, and settings by their names."""
    chosen = {"data_dir": data_dir, "ollama_endpoint": NO_OLLAMA, "port": 0, **settings}
    values = {name.upper(): str(value) for name, value in chosen.items()}
    # Lines of a log must come whole and at once, and a terminal's width must not wrap them.
    return {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "200", **values}


def run_command(
    *arguments: str, env: Mapping[str, str], cwd: Path, stdin: str = "", seconds: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run ``on-prem-rag`` with ``arguments`` as a person would and return what came of it."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=dict(env),
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


COMMAND = [sys.executable, "-m", "on_prem_rag.cli.main"]


class ServerProcess:
    """``serve`` on ``data_dir``; ``start`` returns once it is published as ready.

    Settings are given by their field names. What it printed is kept over restarts in ``log``.
    """

    def __init__(self, data_dir: Path, **settings: Any) -> None:
        self.data_dir = data_dir
        self.settings = settings
        self.log_path = data_dir.parent / f"{data_dir.name}.stderr"
        self.command_line = COMMAND
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def env(self) -> dict[str, str]:
        """The variables the server runs with, good for commands beside it."""
        return environment(self.data_dir, **self.settings)

    @property
    def run_dir(self) -> Path:
        """Where the server publishes itself."""
        return self.data_dir / "run"

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process that was started last has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def entry(self) -> ServerFile:
        """What the running server published."""
        entry = find_server_file(self.run_dir / "server.json")
        assert entry is not None
        return entry

    @property
    def log(self) -> str:
        """Everything printed so far."""
        return self.log_path.read_text(errors="replace")

    def start(self) -> ServerFile:
        """Start and wait until it accepts requests."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.command_line, "serve"],
                env=self.env,
                cwd=self.data_dir.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # So that its worker and what that one started can be killed with it.
                start_new_session=True,
            )
        entry = wait_for(self._published, "the server is ready")
        assert entry is not None
        return entry

    def kill(self) -> None:
        """SIGKILL the server with its worker and converters, as a power cut would."""
        self._signal_group(signal.SIGKILL)
        self._wait(10)

    def stop(self) -> int:
        """SIGTERM the server, wait for its orderly end, return its exit status."""
        assert self._process is not None
        self._process.terminate()
        return self._wait(60)

    def end(self) -> None:
        """Stop whatever still runs; for the end of a test."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
        self._signal_group(signal.SIGKILL)

    def client(self, **options: Any) -> httpx.Client:
        """A client of ``/api/v1`` as the operator."""
        entry = self.entry
        return httpx.Client(
            base_url=f"{entry.url}/api/v1/",
            headers={"Authorization": f"Bearer {entry.token}"},
            timeout=120,
            trust_env=False,
            **options,
        )

    def command(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command beside the server."""
        return run_command(*arguments, env=self.env, cwd=self.data_dir.parent, **options)

    def workers(self) -> list[int]:
        """Processes of the server's group that are workers."""
        return [pid for pid in processes_of_group(self.pid) if "worker" in command_line(pid)]

    def _published(self) -> ServerFile | None:
        assert self._process is not None
        assert self._process.poll() is None, f"the server ended:\n{self.log}"
        entry = find_server_file(self.run_dir / "server.json")
        return entry if entry is not None and entry.pid == self._process.pid else None

    def _wait(self, seconds: float) -> int:
        assert self._process is not None
        return self._process.wait(timeout=seconds)

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process is not None:
            for pid in processes_of_group(self._process.pid):
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    continue


def processes_of_group(group: int) -> list[int]:
    """Living processes whose session is ``group``: a group of their own does not hide them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] != "Z" and int(fields[3]) == group:
            found.append(int(path.parent.name))
    return found


def cpu_seconds(group: int) -> float:
    """Processor time a server, its worker and all their children have used so far."""
    ticks = 0
    for pid in processes_of_group(group):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def command_line(pid: int) -> list[str]:
    """A process's arguments; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


@contextmanager
def running_server(data_dir: Path, built_model: Path, **settings: Any) -> Iterator[ServerProcess]:
    """A started server, ended with all its children afterwards."""
    give_model(built_model, data_dir)
    server = ServerProcess(data_dir, **settings)
    try:
        server.start()
        yield server
    finally:
        server.end()
