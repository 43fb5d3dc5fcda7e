"""A slot belongs to one process and to nobody once that process is gone."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from on_prem_rag.errors import DataDirectoryInUse
from on_prem_rag.index.owner import IndexSlot

HOLDER = """
import sys
from pathlib import Path
from on_prem_rag.index.owner import IndexSlot
slot = IndexSlot.acquire(Path(sys.argv[1]), 1)
print("held", flush=True)
sys.stdin.read()
"""


def test_another_process_is_refused_by_its_pid_until_it_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(DataDirectoryInUse, match=f"process {holder.pid}"):
            IndexSlot.acquire(tmp_path, 1)
        second = IndexSlot.acquire(tmp_path, 2)
        assert second.directory.name == "2"
        second.release()
        holder.kill()
        holder.wait()
        slot = IndexSlot.acquire(tmp_path, 1)
        assert (slot.directory / "lock").read_text() == f"{os.getpid()}\n"
        slot.release()
        slot.release()


def test_only_a_marked_directory_counts_as_closed_cleanly(tmp_path: Path) -> None:
    slot = IndexSlot.acquire(tmp_path, 1)
    assert slot.was_closed_cleanly
    (slot.directory / "something").touch()
    slot.release()
    slot = IndexSlot.acquire(tmp_path, 1)
    assert not slot.was_closed_cleanly
    slot.mark_clean()
    slot.release()
    slot = IndexSlot.acquire(tmp_path, 1)
    assert slot.was_closed_cleanly
    slot.release()
    slot = IndexSlot.acquire(tmp_path, 1)
    assert not slot.was_closed_cleanly
    slot.release()


def test_open_files_are_raised_to_the_hard_limit(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
    try:
        slot = IndexSlot.acquire(tmp_path, 1)
        slot.release()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_where_no_file_can_be_written_there_is_no_room(tmp_path: Path) -> None:
    script = (
        "import resource, signal, sys; from pathlib import Path;"
        "from on_prem_rag.index.owner import has_room;"
        "print(has_room(Path(sys.argv[1])));"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "print(has_room(Path(sys.argv[1])), has_room(Path(sys.argv[1]) / 'absent'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "False", "False"]
    assert list(tmp_path.iterdir()) == []
