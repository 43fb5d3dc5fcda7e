"""Whether a lease's holder still lives is told from its name."""

import os
import subprocess
import sys
from pathlib import Path

from on_prem_rag.jobs.holders import is_gone, process_name


def test_this_process_is_here() -> None:
    assert not is_gone(process_name())


def test_a_process_that_ended_is_gone() -> None:
    code = "from on_prem_rag.jobs.holders import process_name; print(process_name())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert is_gone(done.stdout.strip())


def test_a_process_nobody_has_waited_for_is_gone() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    machine = process_name().split("/")[0]
    stat = Path(f"/proc/{child.pid}/stat").read_text()
    started = stat.rpartition(")")[2].split()[19]
    name = f"{machine}/{child.pid}/{started}"
    assert not is_gone(name)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_gone(name)
    assert child.stdin is not None
    child.stdin.close()
    child.wait()


def test_another_process_with_the_same_id_does_not_stand_in() -> None:
    machine, process_id, started = process_name().split("/")
    assert is_gone(f"{machine}/{process_id}/{int(started) + 1}")


def test_of_another_machine_nothing_is_known() -> None:
    assert not is_gone("elsewhere/1/1")
    assert not is_gone("a name of another form")
