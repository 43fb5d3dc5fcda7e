"""``check`` in words, JSON and exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Command
from tests.server_process import ServerProcess, environment, run_command

pytestmark = pytest.mark.timeout(300)


def test_what_is_there_ends_with_0(command: Command, handbook: str) -> None:
    done = command("check")
    assert done.code == 0, done.err
    assert done.out.startswith("Consistent: ")
    report = command("check", "--read-data", "--json").json
    assert report["consistent"]
    assert report["checked"]["embeddings"] > 0


def test_a_lost_original_ends_with_8_and_says_what_to_do(
    command: Command, server: ServerProcess, handbook: str
) -> None:
    originals = server.data_dir / "originals"
    path = next(path for path in originals.iterdir() if not path.name.startswith("."))
    aside = path.rename(path.with_name(f".{path.name}"))
    try:
        for options in ((), ("--repair",)):
            done = command("check", *options)
            assert done.code == 8
            assert "originals: 1 missing (document " in done.out
            assert "Restore it from a backup" in done.out
    finally:
        aside.rename(path)
    assert command("check").code == 0


def test_a_second_process_on_the_directory_is_refused(
    server: ServerProcess, tmp_path: Path
) -> None:
    """A server that cannot be found by its file, as after that was lost."""
    entry = server.data_dir / "run" / "server.json"
    aside = entry.rename(entry.with_name("aside.json"))
    file = tmp_path / "a.txt"
    file.write_text("A lease.")
    try:
        for arguments in (["serve", "--port", "0"], ["check"], ["ingest", str(file)]):
            done = run_command(*arguments, env=environment(server.data_dir), cwd=tmp_path)
            assert done.returncode == 4, (arguments, done.stderr)
            assert f"in use by process {server.pid}" in done.stderr
            assert "Stop the other server" in done.stderr
            assert "Traceback" not in done.stderr
    finally:
        aside.rename(entry)
